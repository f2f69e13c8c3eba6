"""Everything products offer, on one page."""

from conduyt_kit.extension.records import DemoSpec, FeatureSpec
from conduyt_kit.features.products.demo import fill
from conduyt_kit.features.products.endpoints import ENDPOINTS
from conduyt_kit.features.products.entities import PRODUCT
from conduyt_kit.features.products.service import Products

PRODUCTS = FeatureSpec(
    name="products",
    description="The product catalogue",
    entities=(PRODUCT,),
    services=(Products,),
    endpoints=ENDPOINTS,
    demo=DemoSpec(fill=fill),
)
