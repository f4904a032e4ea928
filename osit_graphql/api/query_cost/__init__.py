"""Query cost: limits on the size of a document, and the cost of an operation in points before it runs."""

from osit_graphql.api.query_cost.analysis import DocumentAnalyzer as DocumentAnalyzer
from osit_graphql.api.query_cost.analysis import Limits as Limits
from osit_graphql.api.query_cost.analysis import OperationAnalysis as OperationAnalysis
from osit_graphql.api.query_cost.cost import CostFormula as CostFormula
from osit_graphql.api.query_cost.cost import QueryCost as QueryCost
from osit_graphql.api.query_cost.weights import WEIGHTS as WEIGHTS
from osit_graphql.api.query_cost.weights import Weights as Weights
