"""GraphQL over HTTP: our own endpoint over Strawberry's `Schema.execute`."""

from osit_graphql.api.caller import Caller as Caller
from osit_graphql.api.caller import MakeContext as MakeContext
from osit_graphql.api.strawberry_schema import Schema as Schema
from osit_graphql.api.validation_rules import NoIntrospection as NoIntrospection
from osit_graphql.http.compression import COMPRESSED as COMPRESSED
from osit_graphql.http.compression import LEVEL as LEVEL
from osit_graphql.http.cors import cross_origin as cross_origin
from osit_graphql.http.endpoint import endpoint as endpoint
from osit_graphql.http.health import health_routes as health_routes
from osit_graphql.http.persisted_documents import TrustedDocuments as TrustedDocuments
from osit_graphql.http.persisted_documents import read_manifests as read_manifests
from osit_graphql.http.rate_limiting import Admission as Admission
from osit_graphql.http.rate_limiting import admit as admit
from osit_graphql.http.request_logging import RequestLog as RequestLog
from osit_graphql.http.security_headers import Protection as Protection
from osit_graphql.http.shortcut import Application as Application
from osit_graphql.http.trusted_proxies import Proxies as Proxies
from osit_graphql.http.trusted_proxies import TrustedProxies as TrustedProxies
