"""Parts of the editor's form that are no field of the page."""

from typing import Any

from wagtail.admin.panels import Panel


class OfEnquiryPanel(Panel):
    """Says which enquiry a page draws on, and tells the choosers, so that they list nothing else."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "publishing/admin/of_enquiry.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context = super().get_context_data(parent_context)
            context["enquiry"] = self.form.of_enquiry() if self.form is not None else None
            return context
