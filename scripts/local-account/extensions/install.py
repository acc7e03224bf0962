"""The list of extensions, in the order in which they are put in place."""

import builds
import catalogue
import compute
import configuration
import connections
import database
import delivery
import glue
import identity
import keys
import messaging
import network
import ownership
import storage
import trail

EXTENSIONS = (
    storage,
    compute,
    network,
    database,
    messaging,
    trail,
    configuration,
    identity,
    keys,
    builds,
    delivery,
    connections,
    ownership,
    catalogue,
)


def install() -> None:
    """Put every extension in place; must run before the emulator serves its first request."""
    for extension in EXTENSIONS:
        extension.install()
    glue.run_extended_types_off_loop()
