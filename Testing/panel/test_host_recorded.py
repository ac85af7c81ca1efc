"""The host answers as a real Slicer did, but for listed differences."""

import pytest
from slicer_host.recorded.asking import answers_of_host, comparable, known_differences, recorded_topics

TOPICS = recorded_topics()


@pytest.fixture(scope="module")
def host_answers(host, tmp_path_factory):
    """All expressions are evaluated once, in their order: later ones use what earlier ones made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PROBE_OUT", "")
        host.start_test()
        host.application.testing = True
        with host.dialogs.expecting("exec", answer=0):
            answers = answers_of_host(tmp_path_factory.mktemp("recorded"))
        host.problems.take()
        host.end_test()
    return answers


@pytest.mark.parametrize("topic", TOPICS)
def test_the_host_answers_as_slicer_did(topic, host_answers):
    different = [
        f"{record['name']}: {record['code']}\n  Slicer: {record['answer']}\n  host:   {host_answers[record['name']]}"
        for record in TOPICS[topic]
        if record["name"] not in known_differences()
        and comparable(record["answer"]) != comparable(host_answers[record["name"]])
    ]
    assert not different, "\n".join(different)


@pytest.mark.parametrize("name", known_differences())
def test_a_listed_difference_is_still_one(name, host_answers):
    record = next(record for topic in TOPICS.values() for record in topic if record["name"] == name)
    assert comparable(record["answer"]) != comparable(host_answers[name]), "Take it off the list."


def test_each_listed_difference_has_a_reason():
    assert all(len(reason) > 10 for reason in known_differences().values())
