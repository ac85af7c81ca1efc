"""Keeps the comparison views as the parameters say, and touches only what has to change."""

from slicer.i18n import tr as _

from ..scene.layouts import LR_DIFFERENCE_VIEW, LR_SURFACE_VIEW
from .busy import wait_cursor
from .comparison import missing_for


class ShownComparison:
    """What the views were last told to show.

    :param refit: called without arguments when the views were fitted to a volume: that has to be done once more after
        Qt has given new views their size.
    :param on_notes: called without arguments when `notes` changed in the course of work that goes on.
    """

    def __init__(self, refit, on_notes):
        self._refit = refit
        self._on_notes = on_notes
        self._maps = self._surfaces = None
        self.forget()

    def forget(self):
        """The scene was closed or another one loaded: look at everything anew."""
        self._filled = None  # the layout, and what its views were filled with
        self._applied = None  # how that is shown
        self._threshold = None
        self._is_whole = False
        self._trouble = self._window_note = self._surface_note = ""
        for extras in (self._maps, self._surfaces):
            if extras is not None:
                extras.forget()

    def look_again(self):
        """Fill the views at the next update; maps and surfaces are made again only where a volume changed."""
        self._filled = None

    def refill(self, volumes):
        """As :meth:`look_again`; where a whole slice is seen now, it will be seen then, however large the views are."""
        from .comparison_views import shows_whole

        self.look_again()
        self._is_whole = shows_whole(volumes)

    def notes(self, layout, volumes):
        """What the user has to know about what is shown, as sentences."""
        notes = [self._trouble, self._window_note]
        if self._maps is not None and LR_DIFFERENCE_VIEW in layout.views:
            notes.append(self._maps.note(volumes))
        if self._surfaces is not None and LR_SURFACE_VIEW in layout.views:
            notes += [self._surface_note, self._surfaces.note(volumes)]
        return [note for note in notes if note]

    def update(self, layout, volumes, chart, settings):
        """Make the views show the volumes; what they show already stays as it is.

        :param layout: the comparison layout that is shown.
        :param chart: the chart of the scores, or None.
        :param settings: the `comparison` parameters.
        :return: whether the views were filled anew, so that nothing is laid over them now.
        """
        from . import comparison_views as views

        wanted = (layout.number, volumes.key, chart.GetID() if chart is not None else "")
        is_changed = wanted != self._filled
        if is_changed:
            self._filled, self._applied = wanted, None
            self._fill(layout, volumes, chart, settings)
        applied = (settings.linked, settings.oneWindow, settings.smooth)
        if applied != self._applied:
            views.set_up(settings.linked)
            self._window_note = views.apply_windows(volumes, settings.oneWindow)
            views.apply_interpolation(volumes, settings.smooth)
            self._applied = applied
        return is_changed

    def needs_surfaces(self, layout, settings):
        """Whether bone has to be shown anew because the threshold was changed."""
        return LR_SURFACE_VIEW in layout.views and settings.threshold != self._threshold

    def show_extras(self, layout, volumes, settings):
        """Difference maps and surfaces, where the layout has views for them and there is what they are made of."""
        self._surface_note = self._trouble = ""
        if missing_for(layout, volumes):
            return
        from ..errors import MicroCTError

        try:
            with wait_cursor():
                self._make_extras(layout, volumes, settings)
        except MicroCTError as error:
            self._trouble = str(error)
        except MemoryError:
            self._trouble = _("There is not enough memory to compare these volumes.")

    def _fill(self, layout, volumes, chart, settings):
        from . import comparison_views as views

        is_new = volumes.lr is not None and not views.shows(volumes)
        trouble = _adopt_meanings(volumes)
        views.fill(volumes, chart)
        self.show_extras(layout, volumes, settings)
        self._trouble = self._trouble or trouble
        if is_new or self._is_whole:
            views.fit(volumes, settings.linked, keep_slice=not is_new)
            self._refit()
        elif settings.linked:
            views.align()
        self._is_whole = False

    def _make_extras(self, layout, volumes, settings):
        if LR_DIFFERENCE_VIEW in layout.views:
            from .difference_maps import DifferenceMaps

            self._maps = self._maps or DifferenceMaps(self._on_notes)
            self._maps.show(volumes)
        if LR_SURFACE_VIEW in layout.views:
            from .comparison_extras import Surfaces, proposed_threshold, threshold_subject

            self._surfaces = self._surfaces or Surfaces()
            subject = threshold_subject(volumes.lr)
            if settings.thresholdOf != subject:
                settings.threshold = proposed_threshold(volumes.lr)
                settings.thresholdOf = subject
            self._threshold = settings.threshold
            self._surface_note = self._surfaces.show(volumes, settings.threshold)


def _adopt_meanings(volumes):
    """Bring units and calibration from the files behind volumes that Slicer's own readers have loaded.

    :return: what went wrong, "" if nothing did.
    """
    from ..errors import MicroCTError
    from ..scene.file_meaning import adopt_file_meaning
    from ..scene.volume_nodes import apply_rescale

    try:
        for node in (volumes.lr, volumes.hr):
            if node is not None:
                adopt_file_meaning(node)
                apply_rescale(node)
    except MicroCTError as error:
        return str(error)
    return ""
