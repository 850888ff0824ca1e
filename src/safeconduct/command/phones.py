"""`safeconduct public page`: a page for paper, and the file, by which a telephone trusts the console.

The file may come by any hand: what is compared is the fingerprint, and that comes on paper. It is
served nowhere. A browser that was told to pass over a warning once goes on passing over it, also
when the file it fetched that way was true; whoever stood in the way then stays there.
"""

from html import escape
from pathlib import Path

import segno
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from safeconduct.command import authority, folder
from safeconduct.command import origin as address
from safeconduct.command.trouble import Trouble
from safeconduct.spool.keyfiles import write_file

_PAIRS = 8  # in one line
_STYLE = (
    "body{font:11pt/1.45 system-ui,sans-serif;max-width:46rem;margin:1.5rem auto;padding:0 1rem}"
    "h1{font-size:1.4rem}h2{font-size:1.05rem;margin:1.1rem 0 .2rem;break-after:avoid}"
    "p,ol{margin:.3rem 0}li{margin:.2rem 0}.top{display:flex;gap:3rem;align-items:center}"
    ".top>*{margin:0}svg{flex:none;background:#fff}dt{font-weight:600}dd{margin:0 0 .4rem}"
    "pre{font:600 1.15rem/1.7 ui-monospace,monospace;margin:.3rem 0;break-inside:avoid}"
    "@page{size:A4;margin:12mm}@media print{:root{font-size:9pt}body{font-size:1rem;line-height:1.35;margin:0}}"
)


def run(data: Path, *, to: Path, language: str = "") -> int:
    """Write both into a folder.

    Raises:
        Trouble: there is no authority here, the language is none of the console's, or no room.
    """
    root, name = authority.root_of(data), authority.name_of(data)
    folder.set_environment(data, DJANGO_SETTINGS_MODULE="safeconduct.web.settings")
    import django

    django.setup()
    page = to / f"{name}.html"
    try:
        to.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_file(page, _page(root, origin=address.kept(data), language=_spoken(language)))
        write_file(to / f"{name}.crt", root.public_bytes(serialization.Encoding.DER))
    except OSError as failed:
        raise Trouble(f"{to} cannot be written: {failed.strerror}. Name another folder.") from None
    print(f"Print {page}, and look that its fingerprint is this one:")
    print(f"  {authority.fingerprint(root)}")
    print(f"Carry {name}.crt to each telephone from hand to hand. It is no secret.")
    return 0


def _spoken(wanted: str) -> str:
    from safeconduct.programme import load

    spoken = load.current().console
    if wanted and wanted not in spoken:
        raise Trouble(f"The console does not speak {wanted!r}, but {', '.join(spoken)}.")
    return wanted or spoken[0]


def _page(root: x509.Certificate, *, origin: str, language: str) -> bytes:
    from django.utils import translation

    with translation.override(language):
        body = _body(root, origin)
    head = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(address.host_of(origin))}</title><style>{_STYLE}</style></head>"
    )
    return f"{head}<body>{body}</body></html>\n".encode()


def _body(root: x509.Certificate, origin: str) -> str:
    from django.utils.translation import gettext as _

    pairs = authority.fingerprint(root).split()
    rows = [" ".join(pairs[at : at + _PAIRS]) for at in range(0, len(pairs), _PAIRS)]
    drawing = segno.make(origin, error="m").svg_inline(scale=6, border=2)
    facts = {
        _("Address"): origin,
        _("File"): f"{address.host_of(origin)}.crt",
        _("Counts until"): f"{root.not_valid_after_utc:%Y-%m-%d}",
    }
    listed = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in facts.items())
    return (
        f"<h1>{escape(_('One address, brought to a telephone'))}</h1>"
        f'<div class="top"><div><dl>{listed}</dl><h2>{escape(_("Fingerprint, SHA-256"))}</h2>'
        f"<pre>{chr(10).join(rows)}</pre></div>{drawing}</div>"
        f"{''.join(_section(title, steps) for title, steps in _steps())}"
    )


def _section(title: str, steps: list[str]) -> str:
    items = "".join(f"<li>{escape(step)}</li>" for step in steps)
    return f"<h2>{escape(title)}</h2><ol>{items}</ol>"


def _steps() -> list[tuple[str, list[str]]]:
    """Return what is to be done, in the language that is on: a heading, and steps under it."""
    from django.utils.translation import gettext as _

    return [
        (
            _("Before you begin"),
            [
                _(
                    "Take the file from whoever gave you this page: by cable, by memory card, or from telephone to telephone. Never from a web page."
                ),
                _(
                    "Whenever a browser warns you of this address, go back. Whoever lets one warning pass lets in whoever stands between, and for long."
                ),
                _("Switch flight mode on, and leave it on until all 32 pairs above were compared."),
            ],
        ),
        (
            _("Android"),
            [
                _(
                    "Settings, Security and privacy, More security, Encryption and credentials, Install a certificate, CA certificate: choose the file."
                ),
                _(
                    "In the same place, Trusted credentials, User: touch the entry of this address and find its SHA-256 fingerprint. Compare every pair with this page."
                ),
                _(
                    "If one pair differs, remove the entry, leave flight mode on, and go to whoever gave you this page."
                ),
                _(
                    "Switch flight mode off. Scan the drawing, and open the address in Chrome. Firefox does not take such a file by itself."
                ),
                _(
                    "The telephone says that the network may be monitored. It says so of each certificate that somebody adds; this one is good for this address alone."
                ),
            ],
        ),
        (
            _("iPhone"),
            [
                _(
                    "Open the file. Then Settings, General, VPN and Device Management, the downloaded profile, More Details: touch the certificate and find its SHA-256 fingerprint."
                ),
                _(
                    "Compare every pair with this page. If one differs, remove the profile, leave flight mode on, and go to whoever gave you this page."
                ),
                _(
                    "Install the profile. Then Settings, General, About, Certificate Trust Settings: switch the entry of this address on."
                ),
                _("Switch flight mode off. Scan the drawing, and open the address in Safari."),
            ],
        ),
        (
            _("Afterwards"),
            [
                _("Menus have other names on some telephones: ask whoever gave you this page."),
                _("Destroy this page when the telephone opens the address."),
                _(
                    "Remove the entry, in the same place, when you leave us, or when you hear that our machine was taken."
                ),
            ],
        ),
    ]
