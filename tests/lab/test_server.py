"""What JupyterLab is started with."""

from workbench.lab import server
from workbench.report.preload import THREADS


def test_kernels_compute_on_one_thread_unless_the_account_says_otherwise(tmp_path, monkeypatch):
    for name in THREADS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    values = server.environment(tmp_path)
    assert [values[name] for name in THREADS] == ["1", "3", "1"]
