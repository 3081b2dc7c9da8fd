"""The commands that stage a new A/V Authentication and OAuth certificate beside the old one.

"Staging AV and OAuth certificates in Lync Server 2013 using -Roll in Set-CsCertificate".
"""

from __future__ import annotations

from datetime import date, timedelta

AUDIO_VIDEO_TOKEN_HOURS = 8
OAUTH_TOKEN_HOURS = 24


def staging(issued: date, days: int) -> str:
    """PowerShell for the replacement of a certificate that is issued on this day and lives so many days.

    Whole days are kept free, so that the new certificate is replicated before the last token of the old one ends.
    """
    ends = issued + timedelta(days=days)
    lines = [
        f"# The certificate in use ends on {ends} if it is issued on {issued} for {days} days; its real end counts.",
        "# Import the new certificate on every Edge Server first, with its private key, and take its thumbprint:",
        "Get-ChildItem Cert:\\LocalMachine\\My | Format-List Subject, NotAfter, Thumbprint",
        "",
        f"# A/V tokens live {AUDIO_VIDEO_TOKEN_HOURS} hours: at least so long before its end. On the Edge Servers:",
        *_roll("AudioVideoAuthentication", ends - timedelta(days=1)),
        "",
        f"# OAuth tokens live {OAUTH_TOKEN_HOURS} hours: at least so long before. On one Front End Server:",
        *_roll("OAuthTokenIssuer", ends - timedelta(days=2)),
        "",
        "# When the old certificate has ended:",
        "Remove-CsCertificate -Previous -Type AudioVideoAuthentication",
        "Remove-CsCertificate -Previous -Type OAuthTokenIssuer",
    ]
    return "\n".join(lines)


def _roll(kind: str, effective: date) -> list[str]:
    # A date as text would be read in the server's locale: 06/08 is two days.
    moment = f"(Get-Date -Year {effective.year} -Month {effective.month} -Day {effective.day} -Hour 0 -Minute 0)"
    return [f"Set-CsCertificate -Type {kind} -Thumbprint <thumbprint> -Roll -EffectiveDate {moment}"]
