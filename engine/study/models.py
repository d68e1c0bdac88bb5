"""The fill models of a study: with other parameters a model is another one, with figures apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, ValidationError

from engine.config import (
    ConfigError,
    DeskConfig,
    FillModelParameters,
    ModelName,
    Section,
    refusal_of,
)


class _Named(Section):
    """A model as a plan names it, with parameters beside the name."""

    model_config = ConfigDict(extra="allow")

    model: ModelName


def _table(value: Any) -> Any:
    return {"model": value} if isinstance(value, str) else value


NamedModel = Annotated[_Named, BeforeValidator(_table)]
"""`"assumed"`, or `{ model = "assumed-width", reference_width_c = 25 }`."""


@dataclass(frozen=True, slots=True)
class StudiedModel:
    """A fill model of a study.

    Args:
        text: the model with every parameter that is not the documented one; its name in figures.
        name: of the model.
        fills: its parameters, whole.
    """

    text: str
    name: ModelName
    fills: FillModelParameters

    @property
    def changed(self) -> str:
        """Its parameters that are not the documented ones, in full; "" where there are none."""
        changes = self.fills.changes(self.name)
        return ", ".join(f"{name} = {value}" for name, value in changes.items())

    def on(self, config: DeskConfig) -> DeskConfig:
        """An arm's settings under this model."""
        simulation = config.simulation.changed(fill_model=self.name, fills=self.fills)
        return config.changed(simulation=simulation)


def studied_models(
    named: Iterable[_Named], common: DeskConfig, source: str
) -> Mapping[str, StudiedModel]:
    """The models of a plan by their text, in its order.

    Args:
        named: as the plan has them.
        common: settings of every arm; parameters that the plan does not name are theirs.
        source: what a refusal calls the plan.

    Raises:
        ConfigError: a parameter that there is not, a value out of bounds, or a model twice.
    """
    base = common.simulation.fills.model_dump()
    result: dict[str, StudiedModel] = {}
    for index, each in enumerate(named):
        place = f"{source}: fill_models.{index}"
        try:
            fills = FillModelParameters.model_validate(base | (each.model_extra or {}))
        except ValidationError as error:
            raise refusal_of(error, place, FillModelParameters) from None
        text = fills.told(each.model)
        if text in result:
            raise ConfigError(f"{place}: {text} is named twice; name it once")
        result[text] = StudiedModel(text, each.model, fills)
    return result
