"""The fill models of a study: with other parameters a model is another one, with figures apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, ConfigDict, ValidationError

from engine.config import (
    Calibration,
    ConfigError,
    DeskConfig,
    FillModelParameters,
    ModelName,
    Section,
    path_of,
    read_calibration,
    refusal_of,
)


class _Named(Section):
    """A model as a plan names it, with parameters beside the name, and the file of its fit."""

    model_config = ConfigDict(extra="allow")

    model: ModelName
    calibration: Annotated[Path, AfterValidator(path_of)] | None = None


def _table(value: Any) -> Any:
    return {"model": value} if isinstance(value, str) else value


NamedModel = Annotated[_Named, BeforeValidator(_table)]
"""`"assumed"`, or `{ model = "assumed-width", reference_width_c = 25 }`."""


@dataclass(frozen=True, slots=True)
class StudiedModel:
    """A fill model of a study.

    Args:
        name: of the model.
        fills: its parameters, whole.
        fit: what it was calibrated to; None for other models.
    """

    name: ModelName
    fills: FillModelParameters
    fit: Calibration | None = None

    @property
    def text(self) -> str:
        """The model with every parameter that is not the documented one; its name in figures."""
        return self.fills.told(self.name, "" if self.fit is None else self.fit.told)

    @property
    def changed(self) -> str:
        """Its parameters that are not the documented ones, in full; "" where there are none."""
        changes = self.fills.changes(self.name)
        return ", ".join(f"{name} = {value}" for name, value in changes.items())

    def on(self, config: DeskConfig) -> DeskConfig:
        """An arm's settings under this model."""
        simulation = config.simulation.changed(
            fill_model=self.name, fills=self.fills, calibration=self.fit
        )
        return config.changed(simulation=simulation)


def studied_models(
    named: Iterable[_Named], common: DeskConfig, source: str, folder: Path
) -> Mapping[str, StudiedModel]:
    """The models of a plan by their text, in its order.

    Args:
        named: as the plan has them.
        common: settings of every arm; parameters that the plan does not name are theirs.
        source: what a refusal calls the plan.
        folder: from which relative paths of fits start.

    Raises:
        ConfigError: a parameter that there is not, a value out of bounds, a model twice, or no fit
            of a calibrated one.
    """
    base = common.simulation.fills.model_dump()
    result: dict[str, StudiedModel] = {}
    for index, each in enumerate(named):
        place = f"{source}: fill_models.{index}"
        try:
            fills = FillModelParameters.model_validate(base | (each.model_extra or {}))
        except ValidationError as error:
            raise refusal_of(error, place, FillModelParameters) from None
        fit = None
        if each.model == "calibrated":
            fit = common.simulation.calibration
            if each.calibration is not None:
                fit = read_calibration(folder / each.calibration)
            if fit is None:
                raise ConfigError(f"{place}: calibrated needs a fit; name its file as calibration")
        model = StudiedModel(each.model, fills, fit)
        if model.text in result:
            raise ConfigError(f"{place}: {model.text} is named twice; name it once")
        result[model.text] = model
    return result
