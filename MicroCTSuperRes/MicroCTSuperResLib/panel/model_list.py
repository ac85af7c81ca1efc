"""The models at hand, and their cards as rich text. Reads cards alone: no network is loaded in Slicer."""

import html
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ..networks.store import ModelStore


def model_store():
    """The store of models. Before the module's packages are installed it holds the bundled models alone."""
    try:
        return ModelStore()
    except ModuleNotFoundError:  # platformdirs tells where the user's models are
        return ModelStore(user_folder=Path(slicer.app.temporaryPath) / "no models of the user's yet")


def card_in_html(folder):
    """A model's card as rich text.

    :param folder: the model, as the store gives it.
    """
    card = folder.card
    smallest, largest = card.voxel_size_um
    rows = [
        (_("Model"), f"{card.name} {card.version}" + (_(" (bundled)") if folder.bundled else _(" (yours)"))),
        (_("Bones"), ", ".join(card.sites)),
        (_("Voxel size"), _("{smallest} to {largest} um").format(smallest=f"{smallest:g}", largest=f"{largest:g}")),
        (_("Grey values"), _scaling_in_words(card.scaling)),
        (_("Trained on"), "; ".join(_data_in_words(data) for data in card.data)),
        (_("Licence"), card.licence),
        (_("Citation"), card.citation),
        (_("Folder"), str(folder.path)),
    ]
    table = "".join(f"<tr><td><b>{_escaped(name)}</b>&nbsp;</td><td>{_escaped(text)}</td></tr>" for name, text in rows)
    return f"<p>{_escaped(card.summary)}</p><table>{table}</table>{_scores_in_html(card.scores)}"


def _scaling_in_words(scaling):
    if scaling.kind == "bounds":
        bounds = f"{scaling.lower:g} to {scaling.upper:g} {scaling.units}"
        return bounds if scaling.otherwise is None else _("{bounds}, or any others").format(bounds=bounds)
    return _("in any units")


def _data_in_words(data):
    return f"{data.name} ({_('simulated') if data.simulated else _('real')})"


def _scores_in_html(scores):
    """A table with one row a data set and one column a metric."""
    if not scores:
        return f"<p>{_escaped(_('No scores were recorded.'))}</p>"
    metrics = list(dict.fromkeys((score.metric, score.unit) for score in scores))
    values = {(score.dataset, score.metric): score.value for score in scores}
    head = "".join(f"<th>&nbsp;{_escaped(_metric_in_words(*metric))}&nbsp;</th>" for metric in metrics)
    rows = [
        f"<tr><td>{_escaped(dataset)}</td>"
        + "".join(f'<td align="right">{_number(values.get((dataset, name)))}&nbsp;</td>' for name, _unit in metrics)
        + "</tr>"
        for dataset in dict.fromkeys(score.dataset for score in scores)
    ]
    title = _escaped(_("Scores of the result against a high-resolution reference"))
    return f"<p><b>{title}</b></p><table><tr><th></th>{head}</tr>{''.join(rows)}</table>"


def _metric_in_words(metric, unit):
    name = metric.upper() if metric in ("psnr", "ssim") else metric
    return name if unit in ("", "1") else f"{name} ({unit})"


def _number(value):
    return "" if value is None else f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def _escaped(text):
    return html.escape(str(text), quote=False)
