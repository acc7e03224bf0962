"""Starts ministack with Cipherline's extensions. Run as `python scripts/local-account/extensions` by account.ts."""

import os
import shutil
import signal
import sys
import threading


def end_with_parent() -> None:
    """Block until standard input closes (the process that started us is gone), then end our whole process group."""
    while os.read(0, 4096):
        pass
    # Whoever started us would have removed it.
    scratch = os.environ.get("CIPHERLINE_SCRATCH")
    if scratch:
        shutil.rmtree(scratch, ignore_errors=True)
    # Not SIGTERM first: this is not the main thread, which alone could keep itself from being ended by it.
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    # Only when we lead our own group: otherwise the group is somebody else's.
    if os.getpgrp() == os.getpid():
        threading.Thread(target=end_with_parent, daemon=True).start()
    sys.argv = ["ministack"]

    import ministack.app

    import install

    install.install()
    ministack.app.main()


main()
