"""Makes the accounts of the suite inside Argus and prints them as JSON: run with Django's settings in the environment.

One source system a scenario keeps scenarios apart, so a pool of them is made at once: `argus_accounts.py COUNT`.
"""

import json
import sys

import django

django.setup()

from argus.auth.models import User  # noqa: E402
from argus.incident.models import SourceSystem, SourceSystemType  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402

OPERATORS = ("olga", "nils")


def make_sources(count: int) -> list[dict[str, object]]:
    """Makes `count` source systems, each with its own user and token, all at once: thousands take a second."""
    kind, _ = SourceSystemType.objects.get_or_create(name="zino")
    users = User.objects.bulk_create(
        [User(username=f"zino-{number}", is_active=True) for number in range(count)])
    sources = SourceSystem.objects.bulk_create(
        [SourceSystem(name=user.username, type=kind, user=user) for user in users])
    tokens = Token.objects.bulk_create([Token(user=user, key=Token.generate_key()) for user in users])
    return [{"pk": source.pk, "user": user.username, "token": token.key}
            for source, user, token in zip(sources, users, tokens)]


def make_operators() -> dict[str, str]:
    """Makes the end users that acknowledge and close, and returns their tokens by name."""
    tokens = {}
    for name in OPERATORS:
        user = User.objects.create(username=name, is_active=True, is_staff=True, is_superuser=True)
        tokens[name] = Token.objects.create(user=user).key
    return tokens


print(json.dumps({"sources": make_sources(int(sys.argv[1])), "operators": make_operators()}))
