"""What python-keycloak and PyJWT make of a Keycloak, or of what says it is one.

Prints a line for each case: its name, and the class of its outcome. The environment says where the server is.
"""

import base64
import math
import os

import jwt
from keycloak import KeycloakOpenID
from keycloak.exceptions import KeycloakError

BASE = os.environ["JUDGED_URL"]
REALM = os.environ["JUDGED_REALM"]
CLIENT = (os.environ["JUDGED_CLIENT_ID"], os.environ["JUDGED_CLIENT_SECRET"])
DISABLED = (os.environ["JUDGED_DISABLED_ID"], os.environ["JUDGED_DISABLED_SECRET"])


def client(credentials, realm=REALM):
    return KeycloakOpenID(
        server_url=BASE, realm_name=realm, client_id=credentials[0], client_secret_key=credentials[1]
    )


def grant(credentials, realm=REALM):
    try:
        answer = client(credentials, realm).token(grant_type="client_credentials")
    except KeycloakError as error:
        return f"refused with {error.response_code}"
    # Rounded up: an answer may count from a moment later than its token.
    return f"{answer['token_type']} for {math.ceil(answer['expires_in'] / 10) * 10} s"


def verification(token):
    """By the keys that the server publishes, as PyJWT finds them."""
    keys = jwt.PyJWKClient(f"{BASE}/realms/{REALM}/protocol/openid-connect/certs")
    try:
        key = keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(
            token, key, algorithms=["RS256"], audience="account", issuer=f"{BASE}/realms/{REALM}"
        )
    except jwt.InvalidTokenError as error:
        return f"refused: {type(error).__name__}"
    return f"a token of {claims['azp']}"


def main():
    print("grant:", grant(CLIENT))
    print("wrong secret:", grant((CLIENT[0], "wrong")))
    print("unknown client:", grant(("nobody", "wrong")))
    print("wrong realm:", grant(CLIENT, "nowhere"))
    print("disabled client:", grant(DISABLED))
    token = client(CLIENT).token(grant_type="client_credentials")["access_token"]
    print("verification:", verification(token))
    head, _, signature = token.split(".")
    forged = base64.urlsafe_b64encode(b'{"azp":"me"}').rstrip(b"=").decode()
    print("verification of a forgery:", verification(f"{head}.{forged}.{signature}"))
    print("verification by python-keycloak:", f"a token of {client(CLIENT).decode_token(token)['azp']}")
    document = client(CLIENT).well_known()
    print("discovery:", "its own issuer" if document["issuer"] == f"{BASE}/realms/{REALM}" else document["issuer"])


main()
