"""Everything this library raises on purpose.

WorkbookError                 exit 1, one line per problem, never a traceback without --debug
├── UsageError                exit 2: the command cannot be understood
│   ├── ParamsError           exit 2: a parameter file or --set is refused
│   └── DesignError           exit 2: a dose history or truth the design cannot have
├── SnapshotRejected          exit 3: the data cannot be trusted
├── ChapterFailed             exit 1: a notebook did not run to its end
└── PublishError              exit 1: the pack could not be put in place

Messages carry keys (USUBJID, --SEQ, file, line) and the value at fault, never whole records.
"""


def because(error: Exception, otherwise: str = "not what a run writes") -> str:
    """Why a file could not be read, in the reader's words: what the system says, otherwise what is wrong with its content."""
    return getattr(error, "strerror", None) or otherwise


class WorkbookError(Exception):
    """One or more problems, each a line a reader can act on."""

    exit_code = 1

    def __init__(self, *problems: str):
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class UsageError(WorkbookError):
    exit_code = 2


class ParamsError(UsageError):
    pass


class DesignError(UsageError):
    pass


class SnapshotRejected(WorkbookError):
    exit_code = 3


class ChapterFailed(WorkbookError):
    pass


class PublishError(WorkbookError):
    pass
