"""The little SOAP 1.1 that the services speak."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from bridgehead.lab.messages import BadRequest, Response

if TYPE_CHECKING:
    from bridgehead.lab.messages import Request

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
WSDL = "http://schemas.xmlsoap.org/wsdl/"
SOAP_BINDING = "http://schemas.xmlsoap.org/wsdl/soap/"
_XML = "text/xml; charset=utf-8"


async def read_envelope(request: Request) -> ET.Element:
    """The request's envelope. Raises BadRequest for what is not XML, or brings a document type of its own."""
    body = await request.body.read()
    if b"<!DOCTYPE" in body.upper():
        raise BadRequest("A document type is not allowed.")
    try:
        return ET.fromstring(body)  # noqa: S314 - no document type, hence no entities; expat refuses the rest
    except ET.ParseError as error:
        raise BadRequest(f"The body is not XML: {error}.") from None


def text_of(envelope: ET.Element, name: str) -> str:
    """The text of the first element of this local name, empty without one."""
    return next((element.text or "" for element in envelope.iter() if element.tag.rpartition("}")[2] == name), "")


def envelope(body: str) -> Response:
    """200 with this XML as the body of an envelope."""
    return _message(200, body)


def fault(reason: str) -> Response:
    """500 with a fault, which is how SOAP 1.1 over HTTP says no (section 6.2)."""
    return _message(500, f"<s:Fault><faultcode>s:Client</faultcode><faultstring>{reason}</faultstring></s:Fault>")


def metadata(port: str, location: str, issuer: str | None = None) -> Response:
    """The WSDL of a service with one port; `issuer` is the web ticket service that its policy names."""
    policy = "" if issuer is None else f"<Issuer><Address>{issuer}</Address></Issuer>"
    body = (
        f'<wsdl:definitions xmlns:wsdl="{WSDL}" xmlns:soap="{SOAP_BINDING}"><Policy Id="{port}_policy">{policy}'
        f'</Policy><wsdl:service name="Service"><wsdl:port name="{port}"><soap:address location="{location}"/>'
        "</wsdl:port></wsdl:service></wsdl:definitions>"
    )
    return Response(200, body.encode(), content_type=_XML)


def _message(status: int, body: str) -> Response:
    whole = (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{ENVELOPE}"><s:Body>{body}</s:Body></s:Envelope>'
    )
    return Response(status, whole.encode(), content_type=_XML)
