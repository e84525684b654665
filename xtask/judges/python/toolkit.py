"""django-oauth-toolkit with Keycloak's URL layout, on 127.0.0.1 at the port given: a server that is not Keycloak.

Its database is in memory: nothing is written anywhere.
"""

import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings

SECRET = "a secret with + % & = @ /"

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
    MIDDLEWARE=[],
    OAUTH2_PROVIDER={
        "ACCESS_TOKEN_EXPIRE_SECONDS": 300,
        "SCOPES": {"read": "to read"},
    },
    ROOT_URLCONF=__name__,
    SECRET_KEY="for this run alone",
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402

endpoints = include("oauth2_provider.urls", namespace="oauth2_provider")
urlpatterns = [path("realms/persium/protocol/openid-connect/", endpoints)]


class Quiet(WSGIRequestHandler):
    def log_message(self, format, *args):
        pass


def main():
    call_command("migrate", verbosity=0)
    call_command(
        "createapplication",
        "confidential",
        "client-credentials",
        client_id="toolkit",
        client_secret=SECRET,
        verbosity=0,
    )
    # One thread: a database in memory is its connection's own.
    with make_server("127.0.0.1", int(sys.argv[1]), get_wsgi_application(), handler_class=Quiet) as server:
        server.serve_forever()


main()
