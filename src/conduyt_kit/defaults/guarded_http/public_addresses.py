"""Which IP addresses are outside.

`ipaddress.is_global` alone will not do: it calls NAT64, 6to4, site-local, multicast and some mapped forms of loopback global.
"""

import ipaddress

_IPV4_INSIDE = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT; some clouds' metadata
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local; most clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)

_IPV6_OUTSIDE = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is routed at all: leaves out ``::``, mapped and NAT64 forms, unique local, link-local, site-local, multicast."""

_IPV6_INSIDE = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: carries any IPv4 address
        "3fff::/20",  # documentation
    )
)

_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
"""What a setting may open. Link-local addresses are not among them: credentials of clouds are served there, and never a receiver."""


def may_be_called(address: str, *, private: bool) -> bool:
    """Whether an IP address, as a resolver returns it, is outside; or inside where `private` networks are allowed."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if private and any(ip in network for network in _PRIVATE):
        return True
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _IPV4_INSIDE)
    return ip in _IPV6_OUTSIDE and not any(ip in network for network in _IPV6_INSIDE)
