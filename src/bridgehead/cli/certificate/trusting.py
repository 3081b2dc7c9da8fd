"""`bridgehead certificate trust`: the internal authority of a pool, looked at before it is trusted."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bridgehead.certificates.chains.roots import Roots
from bridgehead.certificates.reading.facts import facts_of
from bridgehead.certificates.reading.reader import read
from bridgehead.certificates.trust.fetching import fetch
from bridgehead.certificates.trust.pool_file import write_trust_file
from bridgehead.certificates.trust.proposal import Proposal, propose
from bridgehead.cli.certificate.rendering import colons, facts_as_lines
from bridgehead.cli.loading import Loaded, load
from bridgehead.cli.messages import print_problems
from bridgehead.problems import Problem, ProblemsFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from bridgehead.spec import Pool


def trust(
    pool: Annotated[str, typer.Argument(help="The pool's name or its external FQDN.", show_default=False)],
    file: Annotated[Path, typer.Argument(help="The topology (.toml).", show_default=False)],
    root: Annotated[
        list[Path] | None,
        typer.Option("--root", help="The authority's root, which servers often leave out.", show_default=False),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needs --fingerprint.")] = False,
    fingerprint: Annotated[
        list[str] | None,
        typer.Option("--fingerprint", help="SHA-256 of a root that may be trusted.", show_default=False),
    ] = None,
) -> None:
    """Fetch the chain from each server of a pool, show who signed it, and trust that authority for this pool alone.

    Nothing is verified while it is fetched: compare the fingerprint with what the authority's administrator says, by
    another way than this network. Then the pool's trust file is written; `bridgehead reload` makes the proxy use it.

    Exit status: 0 trusted, 1 not, 2 a file cannot be read, or it was broken off.

    For example:

    - `bridgehead certificate trust webext.contoso.com bridgehead.toml`

    - `bridgehead certificate trust webext.contoso.com bridgehead.toml --root contoso-root-ca.cer`

    - `bridgehead certificate trust pool01 bridgehead.toml --yes --fingerprint 8F:43:28:8A:…`
    """
    if yes and not fingerprint:
        raise typer.BadParameter("--yes needs --fingerprint: nobody else looks at it")
    now = datetime.now(UTC)
    loaded = load(file)
    pools = _pools(loaded, pool)
    given = [read(path) for path in root or []]
    unread = [problem for contents in given for problem in contents.problems]
    if unread:
        raise ProblemsFound(unread)
    known = Roots.of(one for contents in given for one in contents.certificates)
    proposal = propose(pool, [fetch(server) for one in pools for server in one.servers], known, now)
    _show(proposal, now)
    if not proposal.roots or any(problem.severity == "error" for problem in proposal.problems):
        raise ProblemsFound(proposal.problems)
    print_problems(proposal.problems)
    _agree(proposal.roots, pool, yes=yes, fingerprints=fingerprint or [])
    _write(proposal.roots, pools, pool, file)


def _pools(loaded: Loaded, name: str) -> list[Pool]:
    having_tls = [pool for pool in loaded.spec.pools if pool.tls]
    known = loaded.topology.pools if loaded.topology is not None else ()
    labels = {name, *(one.label for one in known if one.external_fqdn == name)}
    found = [pool for pool in having_tls if labels & {pool.name, pool.name.rpartition(":")[0]}]
    if not found:
        message = f"The file has no pool {name} that is reached with TLS."
        names = ", ".join(pool.name for pool in having_tls) or "none"
        raise ProblemsFound([Problem("trust.unknown-pool", name, message, f"There are: {names}.")])
    return found


def _show(proposal: Proposal, now: datetime) -> None:
    for server, chain in proposal.chains:
        typer.echo(f"{server} shows:")
        for certificate in chain.served:
            facts = facts_of(certificate)
            typer.echo(f"  {facts.subject}, signed by {facts.issuer}, until {facts.not_after:%Y-%m-%d}")
    for root in proposal.roots:
        typer.echo("To be trusted:")
        typer.echo("\n".join(facts_as_lines(facts_of(root), now)))


def _agree(roots: Sequence[x509.Certificate], pool: str, *, yes: bool, fingerprints: Sequence[str]) -> None:
    allowed = {text.replace(":", "").replace(" ", "").lower() for text in fingerprints}
    others = [facts_of(root) for root in roots if facts_of(root).sha256 not in allowed]
    if allowed and others:
        message = f"The fingerprint is another one: {', '.join(colons(one.sha256) for one in others)}."
        hint = "Somebody stands between, or the authority was renewed: ask its administrator. Nothing has changed."
        raise ProblemsFound([Problem("trust.other-fingerprint", pool, message, hint)])
    if yes or typer.confirm(f"Trust it for the servers of {pool}, and for nothing else?", default=False):
        return
    raise ProblemsFound([Problem("trust.declined", pool, "Nothing is trusted, and nothing has changed.")])


def _write(roots: Sequence[x509.Certificate], pools: Sequence[Pool], name: str, file: Path) -> None:
    paths = list(dict.fromkeys(path for pool in pools for path in pool.trust))
    if len(paths) > 1:
        message = f"The pool trusts several files: {', '.join(paths)}; which of them to write cannot be told."
        raise ProblemsFound([Problem("trust.several-files", name, message, "Leave one of them in the file.")])
    path = Path(paths[0]) if paths else file.absolute().parent / f"{name.replace(':', '-')}-root-ca.pem"
    before = _trusted_before(path)
    added = [root for root in roots if root not in before]
    if not added:
        typer.echo(f"{path} trusts it already; nothing has changed.")
        return
    write_trust_file(path, (*before, *added))
    kept = f" It keeps the {len(before)} that were in it." if before else ""
    typer.echo(f"Written to {path}.{kept}")
    if paths:
        typer.echo("A running proxy uses it after `bridgehead reload`.")
    else:
        typer.echo(f'The file does not name it yet. Write into the table of this pool: trust = "{path.name}"')


def _trusted_before(path: Path) -> tuple[x509.Certificate, ...]:
    """The roots that are in the file; what is in it besides would be lost when it is replaced."""
    if not path.exists():
        return ()
    contents = read(path)
    if contents.problems:
        raise ProblemsFound(contents.problems)
    if contents.keys or contents.requests or not contents.certificates:
        message = "There is such a file already, and it is not a file of certificates alone."
        raise ProblemsFound([Problem("trust.other-file", str(path), message, "Move it away, or name one in the file.")])
    return contents.certificates
