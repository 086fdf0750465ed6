"""What the surrounding run says is read once, and again when it was written anew."""

import os

from workbench import settings


def test_a_run_that_was_written_anew_is_read_anew(tmp_path, monkeypatch):
    place = tmp_path / "run.json"
    monkeypatch.setenv("WORKBENCH_RUN", str(place))
    for at, language in enumerate(("zh", "en")):
        settings.Run(tmp_path, tmp_path, "s1", "2026-03-31", (language,)).write(place)
        os.utime(place, ns=(at, at))
        assert settings.run().languages == (language,)
    monkeypatch.delenv("WORKBENCH_RUN")
    assert settings.run() is None
