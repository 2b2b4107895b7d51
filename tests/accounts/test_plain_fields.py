"""Fields say in words what an empty choice is, and what is missing."""

import pytest
from django import forms
from django.forms.utils import ErrorDict

from accounts.models import Partner, User
from accounts.plain_fields import DASHES
from coaching.fields import CalmForm
from enquiries.forms import CalmFormMixin, EnquiryForm
from enquiries.models import Conversation
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db


class Everything(CalmForm):
    who = forms.ModelChoiceField(User.objects.none())
    where = forms.ModelChoiceField(Partner.objects.none(), required=False)
    first = forms.ModelChoiceField(Partner.objects.none(), required=False, empty_label="None of them")
    says = forms.CharField()
    how = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)
    many = forms.MultipleChoiceField(choices=[("a", "A")])
    day = forms.DateField()
    minutes = forms.IntegerField()
    is_sure = forms.BooleanField()
    file = forms.FileField()
    named = forms.CharField(error_messages={"required": "Write the name."})


class OfModel(CalmFormMixin, forms.ModelForm):
    class Meta:
        model = Conversation
        fields = ["kind", "place_kind", "listener"]


def test_an_empty_choice_is_a_word():
    html = Everything().as_p() + OfModel().as_p()
    assert DASHES not in html
    assert "Choose one" in html
    assert "Leave this open" in html
    assert "None of them" in html


def test_what_is_missing_is_said_as_something_to_do():
    form = Everything({})
    errors: ErrorDict = form.errors
    said = {name: list(each) for name, each in errors.items()}
    assert said == {
        "who": ["Choose one of these."],
        "says": ["Write something here."],
        "how": ["Choose one of these."],
        "many": ["Choose at least one."],
        "day": ["Give a day."],
        "minutes": ["Write a number."],
        "is_sure": ["Tick this, if it is so."],
        "file": ["Choose a file."],
        "named": ["Write the name."],
    }
    # The class itself, and with it the next request, is left as it was.
    assert Everything.base_fields["says"].error_messages["required"] == "This field is required."


def test_an_enquiry_is_framed_without_dashes():
    assert DASHES not in EnquiryForm(user=UserFactory()).as_p()
