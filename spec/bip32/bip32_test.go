package bip32

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/mr-tron/base58"

	"github.com/chancery-vc/chancery/spec/bip39"
)

// The published vectors 1 to 4 of BIP-32, test vectors: seed, then path and extended private key. 3 and 4 have keys with
// zeros before them.
var vectors = []struct {
	seed string
	keys [][2]string
}{
	{"000102030405060708090a0b0c0d0e0f", [][2]string{
		{"m", "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi"},
		{"m/0H", "xprv9uHRZZhk6KAJC1avXpDAp4MDc3sQKNxDiPvvkX8Br5ngLNv1TxvUxt4cV1rGL5hj6KCesnDYUhd7oWgT11eZG7XnxHrnYeSvkzY7d2bhkJ7"},
		{"m/0H/1", "xprv9wTYmMFdV23N2TdNG573QoEsfRrWKQgWeibmLntzniatZvR9BmLnvSxqu53Kw1UmYPxLgboyZQaXwTCg8MSY3H2EU4pWcQDnRnrVA1xe8fs"},
		{"m/0H/1/2H", "xprv9z4pot5VBttmtdRTWfWQmoH1taj2axGVzFqSb8C9xaxKymcFzXBDptWmT7FwuEzG3ryjH4ktypQSAewRiNMjANTtpgP4mLTj34bhnZX7UiM"},
		{"m/0H/1/2H/2", "xprvA2JDeKCSNNZky6uBCviVfJSKyQ1mDYahRjijr5idH2WwLsEd4Hsb2Tyh8RfQMuPh7f7RtyzTtdrbdqqsunu5Mm3wDvUAKRHSC34sJ7in334"},
		{"m/0H/1/2H/2/1000000000", "xprvA41z7zogVVwxVSgdKUHDy1SKmdb533PjDz7J6N6mV6uS3ze1ai8FHa8kmHScGpWmj4WggLyQjgPie1rFSruoUihUZREPSL39UNdE3BBDu76"},
	}},
	{"fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a8784817e7b7875726f6c696663605d5a5754514e4b484542", [][2]string{
		{"m", "xprv9s21ZrQH143K31xYSDQpPDxsXRTUcvj2iNHm5NUtrGiGG5e2DtALGdso3pGz6ssrdK4PFmM8NSpSBHNqPqm55Qn3LqFtT2emdEXVYsCzC2U"},
		{"m/0", "xprv9vHkqa6EV4sPZHYqZznhT2NPtPCjKuDKGY38FBWLvgaDx45zo9WQRUT3dKYnjwih2yJD9mkrocEZXo1ex8G81dwSM1fwqWpWkeS3v86pgKt"},
		{"m/0/2147483647H", "xprv9wSp6B7kry3Vj9m1zSnLvN3xH8RdsPP1Mh7fAaR7aRLcQMKTR2vidYEeEg2mUCTAwCd6vnxVrcjfy2kRgVsFawNzmjuHc2YmYRmagcEPdU9"},
		{"m/0/2147483647H/1", "xprv9zFnWC6h2cLgpmSA46vutJzBcfJ8yaJGg8cX1e5StJh45BBciYTRXSd25UEPVuesF9yog62tGAQtHjXajPPdbRCHuWS6T8XA2ECKADdw4Ef"},
		{"m/0/2147483647H/1/2147483646H", "xprvA1RpRA33e1JQ7ifknakTFpgNXPmW2YvmhqLQYMmrj4xJXXWYpDPS3xz7iAxn8L39njGVyuoseXzU6rcxFLJ8HFsTjSyQbLYnMpCqE2VbFWc"},
		{"m/0/2147483647H/1/2147483646H/2", "xprvA2nrNbFZABcdryreWet9Ea4LvTJcGsqrMzxHx98MMrotbir7yrKCEXw7nadnHM8Dq38EGfSh6dqA9QWTyefMLEcBYJUuekgW4BYPJcr9E7j"},
	}},
	{"4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4acba45d239319ac14f863b8d5ab5a0d0c64d2e8a1e7d1457df2e5a3c51c73235be", [][2]string{
		{"m", "xprv9s21ZrQH143K25QhxbucbDDuQ4naNntJRi4KUfWT7xo4EKsHt2QJDu7KXp1A3u7Bi1j8ph3EGsZ9Xvz9dGuVrtHHs7pXeTzjuxBrCmmhgC6"},
		{"m/0H", "xprv9uPDJpEQgRQfDcW7BkF7eTya6RPxXeJCqCJGHuCJ4GiRVLzkTXBAJMu2qaMWPrS7AANYqdq6vcBcBUdJCVVFceUvJFjaPdGZ2y9WACViL4L"},
	}},
	{"3ddd5602285899a946114506157c7997e5444528f3003f6134712147db19b678", [][2]string{
		{"m", "xprv9s21ZrQH143K48vGoLGRPxgo2JNkJ3J3fqkirQC2zVdk5Dgd5w14S7fRDyHH4dWNHUgkvsvNDCkvAwcSHNAQwhwgNMgZhLtQC63zxwhQmRv"},
		{"m/0H", "xprv9vB7xEWwNp9kh1wQRfCCQMnZUEG21LpbR9NPCNN1dwhiZkjjeGRnaALmPXCX7SgjFTiCTT6bXes17boXtjq3xLpcDjzEuGLQBM5ohqkao9G"},
		{"m/0H/1H", "xprv9xJocDuwtYCMNAo3Zw76WENQeAS6WGXQ55RCy7tDJ8oALr4FWkuVoHJeHVAcAqiZLE7Je3vZJHxspZdFHfnBEjHqU5hG1Jaj32dVoS6XLT1"},
	}},
}

func TestVectors(t *testing.T) {
	for _, v := range vectors {
		seed, err := hex.DecodeString(v.seed)
		if err != nil {
			t.Fatal(err)
		}
		master, err := Master(seed)
		if err != nil {
			t.Fatal(err)
		}
		for _, key := range v.keys {
			// 4 bytes of version, depth, 4 of the parent's fingerprint, 4 of the index, 32 of the chain code, 0, 32 of the key, a checksum.
			raw, err := base58.Decode(key[1])
			if err != nil || len(raw) != 82 {
				t.Fatal(key[1], err)
			}
			for _, path := range []string{key[0], strings.ReplaceAll(key[0], "H", "'"), strings.ReplaceAll(key[0], "H", "h")} {
				got, err := master.Derive(path)
				if err != nil {
					t.Fatalf("%s %s: %v", v.seed, path, err)
				}
				_, chain := got.secret()
				if !bytes.Equal(chain[:], raw[13:45]) || !bytes.Equal(got.Private().Serialize(), raw[46:78]) {
					t.Errorf("%s %s: another key", v.seed, path)
				}
			}
		}
	}
}

// TestCosmos is the account of the tests of @cosmjs/proto-signing (npm).
func TestCosmos(t *testing.T) {
	seed, err := bip39.Seed("special sign fit simple patrol salute grocery chicken wheat radar tonight ceiling", "")
	if err != nil {
		t.Fatal(err)
	}
	master, err := Master(seed)
	if err != nil {
		t.Fatal(err)
	}
	key, err := master.Derive(CosmosPath)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(key.Private().PubKey().SerializeCompressed()); got != "02baa4ef93f2ce84592a49b1d729c074eab640112522a7a89f7d03ebab21ded7b6" {
		t.Error(got)
	}
}

func TestRefused(t *testing.T) {
	for _, size := range []int{0, 15, 65} {
		if _, err := Master(make([]byte, size)); err == nil {
			t.Errorf("a seed of %d bytes is taken", size)
		}
	}
	master, err := Master(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{
		"", "/", "m/", "M/0", "0", "m//0", "m/0''", "m/0h'", "m/'", "m/-1", "m/+1", "m/1 ", "m/0x1", "m/2147483648", "m/2147483648'", "m/x",
		"m" + strings.Repeat("/0", 256),
	} {
		if _, err := master.Derive(path); err == nil {
			t.Errorf("%q is taken", path)
		}
	}
	var none Key
	if _, err := none.Child(0); err == nil || none.Private() != nil {
		t.Error("no key has a child")
	}
	if _, err := none.Derive("m"); err == nil {
		t.Error("no key has a path")
	}
}

func TestTellsNothing(t *testing.T) {
	master, err := Master(make([]byte, 16))
	if err != nil {
		t.Fatal(err)
	}
	held := struct{ k Key }{master}
	secret := hex.EncodeToString(master.Private().Serialize())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		for _, value := range []any{master, held, &held} {
			if text := fmt.Sprintf(verb, value); strings.Contains(strings.ToLower(text), secret[:12]) {
				t.Errorf("%s tells %s", verb, text)
			}
		}
	}
}

func FuzzDerive(f *testing.F) {
	f.Add("m/44'/118'/0'/0/0")
	f.Add("m/2147483647H")
	f.Add("m/'")
	master, err := Master(make([]byte, 16))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		if len(path) > 64 {
			return // each step costs a multiplication
		}
		key, err := master.Derive(path)
		if err == nil != (key.Private() != nil) {
			t.Fatalf("%q: %v", path, err)
		}
	})
}
