"""What a client may ask for: how large a document, how much work in one request, how much in a while."""

from osit_graphql.api.errors import TooComplex as TooComplex
from osit_graphql.api.query_cost.analysis import Measured as Measured
from osit_graphql.api.query_cost.analysis import Measuring as Measuring
from osit_graphql.api.query_cost.cost import Price as Price
from osit_graphql.api.query_cost.cost import Pricing as Pricing
from osit_graphql.api.query_cost.limits import Limits as Limits
from osit_graphql.api.query_cost.weights import WEIGHTS as WEIGHTS
from osit_graphql.api.query_cost.weights import Weights as Weights
