"""Option quotes in the files of vendors, made into recorded sessions."""

from engine.brokers.imports.errors import ImportFileError
from engine.brokers.imports.importing import Imported, import_files
from engine.brokers.imports.plan import Filters, ImportPlan
from engine.brokers.imports.rows import Contract, ReadingOptions

__all__ = [
    "Contract",
    "Filters",
    "ImportFileError",
    "ImportPlan",
    "Imported",
    "ReadingOptions",
    "import_files",
]
