"""What every group of settings is: validated, with unknown keys refused."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError


class ConfigError(ValueError):
    """An invalid configuration; the message names the file, the key and the remedy."""


class Section(BaseModel):
    """A validated group of settings; assignments are validated too."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    def __setattr__(self, name: str, value: Any) -> None:
        before = dict(self.__dict__)
        try:
            super().__setattr__(name, value)
        except ValidationError:
            # pydantic assigns before it validates fields against each other; undo that.
            self.__dict__.update(before)
            raise

    def changed(self, **values: Any) -> Self:
        """A copy with these settings changed, validated as if read from a file.

        Raises:
            ValidationError: a value is invalid.
        """
        copy = self.model_validate({**self.__dict__, **values})
        named = self.model_fields_set | values.keys()
        object.__setattr__(copy, "__pydantic_fields_set__", named)  # what somebody named, as before
        return copy
