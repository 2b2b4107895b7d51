"""Every app that holds something of a person has entered a handler for withdrawal."""

from django.apps import apps

from accounts.privacy import OUR_APPS, our_models
from enquiries import withdrawal

# Users and partners are colleagues and organisations; the record holds ids and outlives what it speaks of.
WITHOUT = {"accounts", "audit"}


def _holds_something_of_a_person(model):
    classes = set()
    for base in model.__mro__:
        classes |= set(getattr(base, "__dict__", {}).get("privacy", {}).values())
    return bool(classes & {"identifying", "pseudonymous"})


def test_each_app_with_personal_data_has_a_handler():
    holding = {model._meta.app_label for model in our_models() if _holds_something_of_a_person(model)}

    with_steps = {name.partition(".")[0] for name, _step in withdrawal.steps()}
    assert with_steps == holding - WITHOUT


def test_apps_without_a_handler_hold_nothing_said():
    for label in WITHOUT:
        assert label in OUR_APPS
        assert apps.get_app_config(label)


def test_handlers_run_from_the_top_of_the_house_down():
    at_once = [label for label, _handler in withdrawal.at_once_handlers()]
    steps = list(dict.fromkeys(name.partition(".")[0] for name, _step in withdrawal.steps()))

    for order in (at_once, steps):
        assert order == [label for label in withdrawal.ORDER if label in order]
