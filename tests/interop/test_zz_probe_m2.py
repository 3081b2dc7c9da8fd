from __future__ import annotations
import pytest, asyncio, secrets
from tests.interop.test_domain_source import *
from tests.interop.test_domain_source import claim_of, verify, accounts_of
pytestmark = pytest.mark.interop
from bridgehead.authentication.winbind import ClaimQuestion
def test_probe(domain, loop, said):
    for name in list(globals()): pass
    src = Winbind(accounts_of(domain), wanted_groups=frozenset(), loop=loop, tell=said.append)
    lines=[]
    orig = src._helpers.answer_to
    async def spy(q):
        a = await orig(q); lines.append(repr(a)); return a
    src._helpers.answer_to = spy
    for user, dom, pw, over in [
        ("alice","CONTOSO",PASSWORD,None),
        ("CONTOSO\\alice","",PASSWORD,None),
        ("CONTOSO\\alice","CONTOSO",PASSWORD,None),
        ("contoso.test\\alice","",PASSWORD,None),
        ("FOO\\alice","",PASSWORD,None),
        ("alice","FOO",PASSWORD,None),
        ("alice","FOO","bad",None),
        ("nobody","FOO","bad",None),
        ("alice",".",PASSWORD,None),
        ("alice","GATEWAY",PASSWORD,None),
        ("GATEWAY\\alice","",PASSWORD,None),
        ("@alice","CONTOSO",PASSWORD,None),
        ("alice","BUILTIN",PASSWORD,None),
        ("alice","NT AUTHORITY",PASSWORD,None),
        ("alice","WORKGROUP",PASSWORD,None),
        ("alice\\","",PASSWORD,None),
        ("alice ","CONTOSO",PASSWORD,None),
        ("CONTOSO/alice","",PASSWORD,None),
        ("alice@FOO","",PASSWORD,None),
        ("alice@contoso.test","FOO",PASSWORD,None),
        ("alice@contoso.test","CONTOSO",PASSWORD,None),
        ("CONTOSO\\alice","",PASSWORD,("alice","CONTOSO")),
        ("CONTOSO\\alice","",PASSWORD,("alice","")),
        ("user01","FOO",PASSWORD,None),
        ("alice@x@contoso.com","",PASSWORD,None),
    ]:
        c,_ = claim_of(user,dom,pw)
        if over: c = c._replace(user=over[0],domain=over[1])
        before = domain.bad_password_counts()
        lines.clear(); said.clear()
        v = verify(loop,src,c)
        after = domain.bad_password_counts()
        print("PROBE", repr(user),repr(dom),pw==PASSWORD, over, v.outcome, v.account, lines, said, {k:(before.get(k),after[k]) for k in after if after[k]!=before.get(k)})
    src.close()
