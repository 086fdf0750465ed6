import errno

import pytest

from workbench.report import transient

REFUSED = 'connection to server at "10.0.0.1", port 5432 failed: Connection refused'


@pytest.mark.parametrize(
    ("name", "message", "traceback", "kind"),
    [
        ("OperationalError", REFUSED, "", "database"),
        ("OperationalError", "FATAL: the database system is starting up", "", "database"),
        ("OperationalError", 'no such table: "loans"', "", None),
        ("DataError", REFUSED, "", None),
        ("MachineError", "cannot read x", f"OSError: [Errno {errno.EMFILE}] Too many", "machine"),
        ("OSError", f"[Errno {errno.ESTALE}] Stale file handle", "", "machine"),
        ("OSError", f"[Errno {errno.ENOSPC}] No space left on device", "", None),
        ("MachineError", "the font is missing", "", None),
        ("ValueError", f"[Errno {errno.EMFILE}] quoted", "", None),
        ("ZeroDivisionError", "division by zero", "", None),
    ],
)
def test_only_named_errors_may_pass(name, message, traceback, kind):
    assert transient.of_cell(name, message, traceback) == kind


def test_what_the_machine_refuses_the_runner_passes_by_its_number():
    assert transient.of_machine(OSError(errno.EAGAIN, "")) == "machine"
    assert transient.of_machine(OSError(errno.ENOSPC, "")) is None
