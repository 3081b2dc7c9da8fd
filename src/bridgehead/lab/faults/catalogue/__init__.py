"""Every fault by its name."""

from bridgehead.lab.faults.catalogue import behaviour, bridge, certificates, dns, logins, services
from bridgehead.lab.faults.fault import Fault

FAULTS: dict[str, Fault] = {
    fault.name: fault for part in (dns, certificates, bridge, services, behaviour, logins) for fault in part.FAULTS
}
