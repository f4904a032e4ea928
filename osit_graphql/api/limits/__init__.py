"""What a client may ask for: how large a document, how much work in one request, how much in a while."""

from osit_graphql.api.limits.bounds import Limits as Limits
from osit_graphql.api.limits.measuring import Measured as Measured
from osit_graphql.api.limits.measuring import Measuring as Measuring
from osit_graphql.api.limits.prices import Price as Price
from osit_graphql.api.limits.prices import Pricing as Pricing
from osit_graphql.api.limits.refusals import TooComplex as TooComplex
from osit_graphql.api.limits.weights import WEIGHTS as WEIGHTS
from osit_graphql.api.limits.weights import Weights as Weights
