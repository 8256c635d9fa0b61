"""Makes acapy.json: envelopes of ACA-Py's own pack, and ACA-Py's word on envelopes that this package packed.

    pip install acapy-agent==1.7.0 (Python 3.13)
    python acapy.py make > acapy.json
    python acapy.py open packed.json     prints what was in each, fails where one does not open
"""

import asyncio
import json
import sys

from acapy_agent.askar.didcomm.v1 import pack_message, unpack_message
from acapy_agent.wallet.util import bytes_to_b58
from aries_askar import Key, KeyAlg

SEEDS = [bytes([i]) * 32 for i in range(1, 5)]
KEYS = [Key.from_secret_bytes(KeyAlg.ED25519, seed) for seed in SEEDS]
VERKEYS = [bytes_to_b58(key.get_public_bytes()) for key in KEYS]
MESSAGES = [b"{}", '{"@type":"https://didcomm.org/trust_ping/1.0/ping","@id":"é"}'.encode(), b"x" * 1000]


class Session:
    """What unpack_message wants of a wallet: one key."""

    def __init__(self, key):
        self.key = key

    async def fetch_key(self, verkey):
        class Entry:
            key = self.key

        return Entry if bytes_to_b58(self.key.get_public_bytes()) == verkey else None


def make():
    cases = []
    for message in MESSAGES:
        for sender in (None, 0):
            for to in ([1], [1, 2, 3]):
                packed = pack_message([VERKEYS[i] for i in to], None if sender is None else KEYS[sender], message)
                cases.append({"to": to, "from": sender, "message": message.decode(), "envelope": json.loads(packed)})
    print(json.dumps({"seeds": [seed.hex() for seed in SEEDS], "verkeys": VERKEYS, "cases": cases}, indent=1))


def opened(path):
    for case in json.load(open(path)):
        for i in case["to"]:
            text, _, sender = asyncio.run(unpack_message(Session(KEYS[i]), json.dumps(case["envelope"]).encode()))
            assert text.decode() == case["message"], "another message"
            assert sender == (None if case["from"] is None else VERKEYS[case["from"]]), "another sender"
        print("ok", case["to"], case["from"], len(case["message"]))


if __name__ == "__main__":
    make() if sys.argv[1] == "make" else opened(sys.argv[2])
