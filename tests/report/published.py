"""Published runs made by hand, for tests of what reads them."""

import json

from workbench.report import draft, publish


def content(folder, run, *, as_of="2026-09-30", facts=None, tables=None, **said):
    """Make a finished run of the pack `pack` in `folder`; `facts` are values by full name."""
    record = folder / "record" / "sample"
    record.mkdir(parents=True)
    (folder / "index.html").write_text(f"index of {run}", "utf-8")
    values = {
        name: {"unit": "share", "low": None, "high": None, "confidence": None, "n": None}
        | {"suppressed": False}
        | (each if isinstance(each, dict) else {"value": each})
        for name, each in (facts or {"sample.rate": 0.1}).items()
    }
    (record / "facts.json").write_text(json.dumps(values), "utf-8")
    manifest = {
        **{"run": run, "pack": "pack", "time": f"{as_of}T08:00:00+00:00", "as_of": as_of},
        **{"snapshot": "s1", "code": {"version": "1", "commit": "a" * 40, "dirty": False}},
        "notebooks": {"sample": {"parameters": {"first": "'a'"}, "facts": len(values)}},
        "previous": publish.head("pack"),
        **said,
    }
    publish.seal(folder, manifest)
    return folder


def release(place, run, **said):
    """Publish a run."""
    with publish.locked("pack"):
        return publish.release(content(place / f"work-{run}", run, **said), "pack", run)


def keep(place, run, **said):
    """Keep a run as a draft."""
    with publish.locked("pack"):
        return draft.keep(content(place / f"work-{run}", run, **said), "pack", run)


def name(day, number=0):
    """Return the id of a run that began on `day`, the `number`-th."""
    return f"{day:%Y%m%d}T080000Z-{number:06x}"
