"""The list of extensions, in the order in which they are put in place."""

import builds
import catalogue
import compute
import configuration
import connections
import copies
import database
import delivery
import edge
import glue
import identity
import keys
import messaging
import network
import ownership
import storage
import stores
import trail
import usage

EXTENSIONS = (
    storage,
    compute,
    copies,
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
    edge,
    ownership,
    stores,
    catalogue,
    # Last, so that it sees the calls of what the others add to KMS.
    usage,
)


def install() -> None:
    """Put every extension in place; must run before the emulator serves its first request."""
    for extension in EXTENSIONS:
        extension.install()
    glue.run_extended_types_off_loop()
