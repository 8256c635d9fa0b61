"""Makes python.json: DIDs of did-peer-2 0.1.2 and did-peer-4 0.1.4 (the authors' libraries, which ACA-Py uses) and what
they resolve to.

    pip install did-peer-2==0.1.2 did-peer-4==0.1.4
    python python.py examples/*.json > python.json     the examples of github.com/decentralized-identity/did-peer-4
"""

import json
import sys

import did_peer_2
import did_peer_4

ED, OTHER = "z6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V", "z6MkgoLTnTypo3tDRwCkZXSccTPHRLhF4ZnjhueYAFpEX6vg"
X = "z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"
SERVICES = [
    {"type": "DIDCommMessaging", "serviceEndpoint": {"uri": "http://example.com/didcomm", "accept": ["didcomm/v2"], "routingKeys": ["did:example:1#k"]}},
    {"id": "#a", "type": "did-communication", "serviceEndpoint": "http://example.com", "recipientKeys": ["#key-1"], "routingKeys": [], "priority": 0},
    {"type": "dm-like", "serviceEndpoint": [{"uri": "http://example.com/2", "type": "DIDCommMessaging"}]},
]


def main(paths):
    cases = []
    key = did_peer_2.KeySpec
    keys = [key.verification(ED), key.encryption(X), key.assertion(OTHER), key.capability_invocation(ED), key.capability_delegation(ED)]
    for n in range(len(SERVICES) + 1):
        did = did_peer_2.generate(keys, SERVICES[:n])
        short = did_peer_2.peer2to3(did)
        cases.append({"did": did, "short": short, "services": SERVICES[:n],
                      "document": did_peer_2.resolve(did), "shortDocument": did_peer_2.resolve_peer3(did, short)})
    for path in paths:
        source = json.load(open(path))
        did = did_peer_4.encode(source)
        cases.append({"source": source, "did": did, "short": did_peer_4.long_to_short(did),
                      "document": did_peer_4.resolve(did), "shortDocument": did_peer_4.resolve_short(did)})
    print(json.dumps(cases, indent=1))


main(sys.argv[1:])
