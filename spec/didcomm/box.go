package didcomm

import (
	"crypto/ecdh"
	"io"
	"slices"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/nacl/secretbox"
	"golang.org/x/crypto/salsa20/salsa" //nolint:staticcheck // deprecated for use alone: crypto_box wants HSalsa20, and nothing else gives it
)

// What libsodium calls crypto_box and crypto_box_seal, with the private key behind an interface: package nacl/box wants
// its bytes.

const boxNonceSize = 24

// boxKey is the key of a crypto_box: HSalsa20 of the shared secret. Who has not one of the private keys, or offers a
// point of small order, fails.
func boxKey(private ecdh.KeyExchanger, peer *ecdh.PublicKey) (key [32]byte, err error) {
	secret, err := private.ECDH(peer)
	if err != nil {
		return key, err
	}
	if len(secret) != len(key) {
		return key, &Error{Code: CodeKey, Message: "the key agreement is not X25519"}
	}
	var shared [32]byte
	copy(shared[:], secret)
	salsa.HSalsa20(&key, new([16]byte), &shared, &salsa.Sigma)
	return key, nil
}

// sealBox encrypts to peer, authenticated by private: crypto_box.
func sealBox(plain []byte, nonce [boxNonceSize]byte, peer *ecdh.PublicKey, private ecdh.KeyExchanger) ([]byte, error) {
	key, err := boxKey(private, peer)
	if err != nil {
		return nil, err
	}
	return secretbox.Seal(nil, plain, &nonce, &key), nil
}

func openBox(sealed []byte, nonce [boxNonceSize]byte, peer *ecdh.PublicKey, private ecdh.KeyExchanger) ([]byte, bool) {
	key, err := boxKey(private, peer)
	if err != nil {
		return nil, false
	}
	return secretbox.Open(nil, sealed, &nonce, &key)
}

// sealAnonymous encrypts to peer under a key made for this one text, which is put before it: crypto_box_seal.
func sealAnonymous(random io.Reader, plain []byte, peer *ecdh.PublicKey) ([]byte, error) {
	seed := make([]byte, 32)
	if _, err := io.ReadFull(random, seed); err != nil {
		return nil, err
	}
	ephemeral, err := ecdh.X25519().NewPrivateKey(seed)
	if err != nil {
		return nil, err
	}
	public := ephemeral.PublicKey()
	sealed, err := sealBox(plain, anonymousNonce(public, peer), peer, ephemeral)
	if err != nil {
		return nil, err
	}
	return append(public.Bytes(), sealed...), nil
}

func openAnonymous(sealed []byte, private ecdh.KeyExchanger) ([]byte, bool) {
	if len(sealed) < 32+secretbox.Overhead {
		return nil, false
	}
	ephemeral, err := ecdh.X25519().NewPublicKey(sealed[:32])
	if err != nil {
		return nil, false
	}
	return openBox(sealed[32:], anonymousNonce(ephemeral, private.PublicKey()), ephemeral, private)
}

// anonymousNonce is BLAKE2b of both public keys.
func anonymousNonce(ephemeral, recipient *ecdh.PublicKey) (nonce [boxNonceSize]byte) {
	hash, err := blake2b.New(boxNonceSize, nil)
	if err != nil {
		panic(err) // the size is right, and there is no key
	}
	hash.Write(ephemeral.Bytes())
	hash.Write(recipient.Bytes())
	hash.Sum(nonce[:0])
	return nonce
}

// watched remembers why a key store failed. A low-order point of the peer's is not the store's failure.
type watched struct {
	ecdh.KeyExchanger
	err error
}

func (w *watched) ECDH(peer *ecdh.PublicKey) ([]byte, error) {
	secret, err := w.KeyExchanger.ECDH(peer)
	if err != nil && !lowOrder(peer) {
		w.err = err
	}
	return secret, err
}

// lowOrder says whether every private key gives zero for that key: RFC 7748 §6.1.
func lowOrder(peer *ecdh.PublicKey) bool {
	probe, err := ecdh.X25519().NewPrivateKey(slices.Repeat([]byte{1}, 32))
	if err != nil {
		return false
	}
	_, err = probe.ECDH(peer)
	return err != nil
}
