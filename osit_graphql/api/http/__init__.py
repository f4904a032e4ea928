"""GraphQL over HTTP: our own endpoint over Strawberry's `Schema.execute`."""

from osit_graphql.api.http.admission import Admission as Admission
from osit_graphql.api.http.admission import admit as admit
from osit_graphql.api.http.caller import Caller as Caller
from osit_graphql.api.http.caller import MakeContext as MakeContext
from osit_graphql.api.http.compression import COMPRESSED as COMPRESSED
from osit_graphql.api.http.compression import LEVEL as LEVEL
from osit_graphql.api.http.endpoint import endpoint as endpoint
from osit_graphql.api.http.execution import Schema as Schema
from osit_graphql.api.http.health import health_routes as health_routes
from osit_graphql.api.http.manifests import TrustedDocuments as TrustedDocuments
from osit_graphql.api.http.manifests import read_manifests as read_manifests
from osit_graphql.api.http.origins import cross_origin as cross_origin
from osit_graphql.api.http.protection import Protection as Protection
from osit_graphql.api.http.proxies import Proxies as Proxies
from osit_graphql.api.http.proxies import TrustedProxies as TrustedProxies
from osit_graphql.api.http.requests import RequestLog as RequestLog
from osit_graphql.api.http.shortcut import Application as Application
from osit_graphql.api.http.validation import NoIntrospection as NoIntrospection
