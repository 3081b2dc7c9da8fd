"""The picture of the deployment: sound XML, every box inside, every name escaped."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from bridgehead.reports.picture import WIDTH, picture
from tests.planning.deployments import EDGE, contoso, example, plan_of

SVG = "{http://www.w3.org/2000/svg}"


def drawn(text: str) -> ET.Element:
    return ET.fromstring(picture(plan_of(text)))


@pytest.mark.parametrize("name", ["contoso", "two-pools", "with-exchange", "preauthentication"])
def test_every_box_is_inside_the_picture_and_none_lies_on_another(name: str) -> None:
    root = drawn(example(name))
    height = int(root.attrib["viewBox"].split()[3])
    boxes = [tuple(int(one.attrib[side]) for side in ("x", "y", "width", "height")) for one in root.iter(f"{SVG}rect")]
    assert len(boxes) >= 3
    for x, y, width, tall in boxes:
        assert 0 <= x <= x + width <= WIDTH
        assert 0 <= y <= y + tall <= height
    for number, (x, y, width, tall) in enumerate(boxes):
        for other_x, other_y, other_width, other_tall in boxes[number + 1 :]:
            apart = (
                x + width <= other_x or other_x + other_width <= x or y + tall <= other_y or other_y + other_tall <= y
            )
            assert apart


def texts(root: ET.Element) -> list[str]:
    return [one.text or "" for one in root.iter(f"{SVG}text")]


def test_it_shows_names_ports_servers_and_the_certificate() -> None:
    shown = texts(drawn(example("contoso", EDGE)))
    assert {"webext.contoso.com", "→ fe01.contoso.local", "4443", "443 TLS", "and 5 more names"} < set(shown)
    assert "Edge sip.contoso.com" in shown


def test_several_listeners_with_tls_do_not_hide_the_one_without() -> None:
    listeners = "".join(f'[[listener]]\naddress = "192.0.2.{one}:443"\n' for one in (1, 2))
    listeners += '[[listener]]\naddress = "192.0.2.1:80"\ntls = false\n[[listener]]\naddress = "192.0.2.1:8443"\n'
    shown = texts(drawn(example("contoso", listeners)))
    assert {"443, 8443 TLS", "80 plain"} < set(shown)


def test_the_two_ports_of_one_pool_are_one_box() -> None:
    assert "4443 · 8080 plain" in texts(drawn(example("two-pools")))


def test_many_pools_are_counted_and_not_all_drawn() -> None:
    pools = "".join(
        f'[[pool]]\nrole = "front-end"\nexternal_fqdn = "w{one}.contoso.com"\nservers = ["f{one}.contoso.local"]\n'
        for one in range(40)
    )
    root = drawn(example("contoso", pools))
    assert "and 34 more" in texts(root)
    assert len(list(root.iter(f"{SVG}rect"))) == 12


def test_names_are_escaped() -> None:
    plan = contoso()
    pool = plan.deployment[0].model_copy(update={"label": "a<b>&c"})
    ET.fromstring(picture(plan.model_copy(update={"deployment": (pool,)})))
