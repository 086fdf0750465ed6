"""Progress that remembers what it was told."""

from workbench.report.progress import Silent


class Told(Silent):
    def __init__(self):
        self.lines = []
        self.through = []

    def say(self, line):
        self.lines.append(line)

    def finished(self, notebook, seconds, failed):
        self.through.append((notebook, failed))
