"""Everything authentication offers, on one page."""

from typing import TYPE_CHECKING, Any

from conduyt_kit.extension.records import FeatureSpec, ProviderSpec, Schedule
from conduyt_kit.features.auth.api_key_endpoints import API_KEY_ENDPOINTS
from conduyt_kit.features.auth.api_keys import API_KEY, ApiKeys
from conduyt_kit.features.auth.authenticator import KitAuthenticator
from conduyt_kit.features.auth.clean_up import CLEAN_UP_JOB
from conduyt_kit.features.auth.credential_cache import CREDENTIAL_CACHE, CredentialCache, forget_with
from conduyt_kit.features.auth.endpoints import ENDPOINTS
from conduyt_kit.features.auth.pages import PAGES
from conduyt_kit.features.auth.registrations import REGISTRATION
from conduyt_kit.features.auth.reset_mail import FIND_ACCOUNTS_JOB, SEND_RESET_JOB
from conduyt_kit.features.auth.session_tokens import SESSION_TOKENS, SessionTokens
from conduyt_kit.features.auth.sessions import SESSION, Sessions
from conduyt_kit.features.auth.settings import AUTH_SETTINGS, AuthSettings
from conduyt_kit.kernel.events import INSIDE, Happened, Subscription
from conduyt_kit.kernel.unit_of_work import UnitOfWork
from conduyt_kit.ports.authentication import AUTHENTICATOR

if TYPE_CHECKING:
    from conduyt_kit.kit import Kit


def _forget_changed_user(unit: UnitOfWork, _: Happened) -> None:
    forget_with(unit)


def _credential_cache(kit: "Kit") -> CredentialCache:
    return CredentialCache(kit.settings.section(AuthSettings).cache_seconds)


def _session_tokens(kit: "Kit") -> SessionTokens:
    return SessionTokens(kit.secret_key, kit.clock)


_PROVIDERS: tuple[ProviderSpec[Any], ...] = (
    ProviderSpec(port=AUTHENTICATOR, name="kit", make=KitAuthenticator, default=True),
    ProviderSpec(port=SESSION_TOKENS, name="jwt", make=_session_tokens, default=True),
    ProviderSpec(port=CREDENTIAL_CACHE, name="memory", make=_credential_cache, default=True),
)

AUTH = FeatureSpec(
    name="auth",
    description="Accounts, sessions and API keys",
    requires=("users",),
    entities=(SESSION, API_KEY, REGISTRATION),
    services=(Sessions, ApiKeys),
    endpoints=(*ENDPOINTS, *API_KEY_ENDPOINTS, *PAGES),
    subscriptions=(
        Subscription(event="user.updated", handler=_forget_changed_user, when=INSIDE, name="auth.forget_updated_user"),
        Subscription(event="user.deleted", handler=_forget_changed_user, when=INSIDE, name="auth.forget_deleted_user"),
    ),
    jobs=(FIND_ACCOUNTS_JOB, SEND_RESET_JOB, CLEAN_UP_JOB),
    schedules=(Schedule(name="auth.clean_up", cron="47 3 * * *", job=CLEAN_UP_JOB.kind),),
    settings=(AUTH_SETTINGS,),
    providers=_PROVIDERS,
)
