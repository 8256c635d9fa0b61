"""Makes acapy.json: envelopes of ACA-Py's own pack, and ACA-Py's word on envelopes that this package packed.

    pip install acapy-agent==1.7.0 (Python 3.13)
    python acapy.py make > acapy.json
    python acapy.py open packed.json     says "ok" for each, fails where one does not open
    python acapy.py verify signed.json   says "ok" where ACA-Py verifies the attachment and the field
    python acapy.py read samples.jsonl   ACA-Py reads each message with the class of its type; lists the types it has not
"""

import asyncio
import glob
import importlib
import json
import os
import sys

import acapy_agent.protocols
from acapy_agent.askar.didcomm.v1 import pack_message, unpack_message
from acapy_agent.messaging.decorators.attach_decorator import AttachDecorator
from acapy_agent.messaging.decorators.signature_decorator import SignatureDecorator
from acapy_agent.utils.classloader import ClassLoader
from acapy_agent.wallet.util import b58_to_bytes, bytes_to_b58
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


class Wallet:
    """What verifying wants of a wallet."""

    async def verify_message(self, message, signature, verkey, key_type):
        return Key.from_public_bytes(KeyAlg.ED25519, b58_to_bytes(verkey)).verify_signature(message, signature)


def verify(path):
    signed = json.load(open(path))
    attach = AttachDecorator.deserialize(signed["rotate"]["did_rotate~attach"])
    assert asyncio.run(attach.data.verify(Wallet(), signed["signer"]))
    field = SignatureDecorator.deserialize(signed["response"]["connection~sig"])
    assert field.signer == signed["signer"] and asyncio.run(field.verify(Wallet()))
    assert field.decode() == ({"DID": "WiLCuZ2AbsfNGwJ7pDr1jH", "DIDDoc": {}}, 1700000000)
    print("ok")


def classes():
    """ACA-Py's classes by protocol, major version and name of the message."""
    root = os.path.dirname(acapy_agent.protocols.__file__)
    found = {}
    for path in glob.glob(root + "/*/*/message_types.py") + glob.glob(root + "/*/message_types.py"):
        module = "acapy_agent.protocols" + path[len(root):-3].replace("/", ".")
        for name, target in getattr(importlib.import_module(module), "MESSAGE_TYPES", {}).items():
            found[kind(name)] = target
    return found


def kind(name):
    protocol, version, message = name.split("/")[-3:]
    return protocol, version.split(".")[0], message.replace("_", "-")


def read(path):
    known = classes()
    for line in open(path):
        message = json.loads(line)
        target = known.get(kind(message["@type"]))
        if target is None:
            print("not in ACA-Py:", message["@type"])
            continue
        target = target.replace("messages.invitation.Invitation", "messages.invitation.InvitationMessage")
        ClassLoader.load_class(target).deserialize(message)
        print("ok", message["@type"])


if __name__ == "__main__":
    command = sys.argv[1]
    if command == "make":
        make()
    else:
        {"open": opened, "verify": verify, "read": read}[command](sys.argv[2])
