"""The deployment as a picture: clients, the proxy, and the pools with their names, ports and certificates. SVG."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bridgehead.planning.planned import Plan, PoolSketch
    from bridgehead.spec import Listener

WIDTH = 1040
LINE = 18
PADDING = 14
GAP = 18
SHOWN_POOLS = 9
SHOWN_LINES = 3

CLIENTS_LEFT = 4
CLIENTS_WIDTH = 190
PROXY_LEFT = 316
PROXY_WIDTH = 250
POOLS_LEFT = 720

CLIENTS = ("Lync 2013", "Lync Web App", "Lync Mobile", "Windows Store app", "Lync Phone Edition")
ROLES = {
    "front-end": "front-end pool",
    "director": "Director",
    "office-web-apps": "Office Web Apps",
    "site": "web site",
    "relay": "relayed undecrypted",
    "edge": "Edge pool, beside the proxy",
}


@dataclass
class _Drawing:
    """Shapes in the order they are drawn."""

    shapes: list[str] = field(default_factory=list)

    def box(self, x: int, y: int, width: int, lines: Iterable[tuple[str, str]], kind: str) -> int:
        """A box with lines of (class, text); its height."""
        some = list(lines)
        height = 2 * PADDING + LINE * len(some) - 4
        self.shapes.append(f'<rect class="{kind}" x="{x}" y="{y}" width="{width}" height="{height}" rx="8"/>')
        for number, (style, text) in enumerate(some):
            shown = _cut(text, (width - 2 * PADDING) // 7)
            place = f'x="{x + PADDING}" y="{y + PADDING + 11 + LINE * number}"'
            self.shapes.append(f'<text class="{style}" {place}>{escape(shown)}</text>')
        return height

    def arrow(self, start: tuple[int, int], end: tuple[int, int], kind: str = "wire") -> None:
        """A curve with a head."""
        (x, y), (to_x, to_y) = start, end
        middle = (x + to_x) // 2
        path = f"M{x},{y} C{middle},{y} {middle},{to_y} {to_x - 2},{to_y}"
        self.shapes.append(f'<path class="{kind}" d="{path}" marker-end="url(#head)"/>')

    def elbow(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """A line down and then to the right."""
        path = f"M{start[0]},{start[1]} V{end[1]} H{end[0] - 2}"
        self.shapes.append(f'<path class="wire aside" d="{path}" marker-end="url(#head)"/>')

    def label(self, x: int, y: int, text: str, anchor: str = "middle") -> None:
        """Words on an arrow."""
        self.shapes.append(f'<text class="on-wire" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>')


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else f"{text[: characters - 1]}…"


@dataclass(frozen=True)
class _Group:
    """The same servers, reached on one port or several."""

    label: str
    role: str
    names: tuple[str, ...]
    servers: tuple[str, ...]
    ports: tuple[str, ...]


def picture(plan: Plan) -> str:
    """The whole picture. Colours come from classes, so that a page can be light or dark."""
    drawing = _Drawing()
    groups = _groups(one for one in plan.deployment if one.role != "edge")
    edges = _groups(one for one in plan.deployment if one.role == "edge")
    bottom, ends = _draw_pools(drawing, groups)
    height = max(bottom, 330)
    below_clients = _draw_clients_and_proxy(drawing, plan, height, ends)
    height = _draw_edges(drawing, edges, below_clients, height)
    body = "\n".join(drawing.shapes)
    return (
        f'<svg class="deployment" viewBox="0 0 {WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg">'
        "<title>Clients, reverse proxy and pools</title>"
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path class="head" d="M0,0 L8,4 L0,8 z"/></marker></defs>\n{body}\n</svg>'
    )


def _groups(pools: Iterable[PoolSketch]) -> list[_Group]:
    found: dict[tuple[str, tuple[str, ...]], list[PoolSketch]] = {}
    for pool in pools:
        name = pool.label.rpartition(":")[0] if pool.label.rpartition(":")[2].isdigit() else pool.label
        found.setdefault((name.removeprefix("relay:"), pool.servers), []).append(pool)
    return [
        _Group(
            label=label,
            role=some[0].role,
            names=tuple(dict.fromkeys(name for one in some for name in one.names)),
            servers=servers,
            ports=tuple(_port(one) for one in some),
        )
        for (label, servers), some in found.items()
    ]


def _port(pool: PoolSketch) -> str:
    number = ", ".join(map(str, pool.ports))
    if pool.role == "relay":
        return f"{number} as it came"
    return number if pool.tls else f"{number} plain"


def _draw_pools(drawing: _Drawing, groups: list[_Group]) -> tuple[int, list[tuple[int, str]]]:
    """Boxes on the right; where they end, and for each the height of its middle and what its arrow says."""
    y, ends = GAP, []
    for group in groups[:SHOWN_POOLS]:
        height = drawing.box(POOLS_LEFT, y, WIDTH - POOLS_LEFT - CLIENTS_LEFT, _pool_lines(group), "inside")
        ends.append((y + height // 2, " · ".join(group.ports)))
        y += height + GAP
    if len(groups) > SHOWN_POOLS:
        more = [("strong", f"and {len(groups) - SHOWN_POOLS} more"), ("dim", "see the table of pools")]
        y += drawing.box(POOLS_LEFT, y, WIDTH - POOLS_LEFT - CLIENTS_LEFT, more, "inside") + GAP
    return y, ends


def _pool_lines(group: _Group) -> list[tuple[str, str]]:
    lines = [("strong", group.label), ("dim", ROLES[group.role])]
    lines += [("name", name) for name in _some(group.names)]
    lines += [("dim", f"→ {server}") for server in _some(group.servers)]
    return lines


def _some(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) <= SHOWN_LINES:
        return names
    return (*names[: SHOWN_LINES - 1], f"and {len(names) - SHOWN_LINES + 1} more")


def _draw_edges(drawing: _Drawing, edges: list[_Group], below_clients: int, y: int) -> int:
    for group in edges[:2]:
        drawing.elbow((CLIENTS_LEFT + 60, below_clients), (PROXY_LEFT, y + 40))
        drawing.label((CLIENTS_LEFT + CLIENTS_WIDTH + PROXY_LEFT) // 2, y + 32, ", ".join(group.ports))
        y += drawing.box(PROXY_LEFT, y, PROXY_WIDTH, _pool_lines(group), "aside") + GAP
    return y


def _draw_clients_and_proxy(drawing: _Drawing, plan: Plan, height: int, ends: list[tuple[int, str]]) -> int:
    """Boxes on the left and in the middle, and the arrows between; gives where the clients' box ends."""
    proxy = _proxy_lines(plan)
    proxy_height = 2 * PADDING + LINE * len(proxy) - 4
    top = max(GAP, (height - proxy_height) // 2)
    middle = top + proxy_height // 2
    clients = [("strong", "Clients on the internet"), *(("name", client) for client in CLIENTS)]
    clients_height = 2 * PADDING + LINE * len(clients) - 4
    for tls, offset, kind in ((True, -16, "TLS"), (False, 24, "plain")):
        ports = dict.fromkeys(str(one.port) for one in plan.proxy.listeners if one.tls is tls)
        if ports:
            drawing.arrow((CLIENTS_LEFT + CLIENTS_WIDTH, middle + offset), (PROXY_LEFT, middle + offset))
            words = f"{', '.join(_some(tuple(ports)))} {kind}"
            drawing.label((CLIENTS_LEFT + CLIENTS_WIDTH + PROXY_LEFT) // 2, middle + offset - 7, words)
    for end, _ in ends:
        drawing.arrow((PROXY_LEFT + PROXY_WIDTH, middle), (POOLS_LEFT, end))
    for end, words in ends:
        # On the side of the arrow that its curve does not come from.
        drawing.label(POOLS_LEFT - 12, end - 7 if end <= middle else end + 16, words, "end")
    drawing.box(CLIENTS_LEFT, middle - clients_height // 2, CLIENTS_WIDTH, clients, "outside")
    drawing.box(PROXY_LEFT, top, PROXY_WIDTH, proxy, "proxy")
    return middle + (clients_height + 1) // 2


def _place(listener: Listener) -> str:
    host = f"[{listener.host}]" if ":" in listener.host else listener.host
    return f"{host}:{listener.port}{'' if listener.tls else ' (plain)'}"


def _proxy_lines(plan: Plan) -> list[tuple[str, str]]:
    lines = [("strong", "Reverse proxy")]
    lines += [("name", _place(one)) for one in plan.proxy.listeners[:4]]
    if len(plan.proxy.listeners) > 4:
        lines.append(("dim", f"and {len(plan.proxy.listeners) - 4} more listeners"))
    for one in plan.certificates_for("reverse-proxy", "combined")[:3]:
        lines.append(("dim", f"certificate {one.name}:"))
        lines.append(("name", one.subject.value))
        lines.append(("dim", f"and {len(one.names) - 1} more names" if len(one.names) > 1 else "and no other name"))
    return lines
