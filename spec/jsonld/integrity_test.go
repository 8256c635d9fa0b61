package jsonld

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

// The canonical forms that Data Integrity EdDSA and ECDSA print, of documents and of proof options.
func TestDataIntegrityVectors(t *testing.T) {
	eddsa := sharedtest.Path(t, "github w3c/vc-di-eddsa at abb673eb", "vectors", "di-eddsa")
	ecdsa := sharedtest.Path(t, "github w3c/vc-di-ecdsa at 00781de5", "vectors", "di-ecdsa")
	p := new(Processor)
	for _, v := range []struct{ folder, document, canonical string }{
		{eddsa, "unsigned.json", "eddsa-rdfc-2022/canonDocDataInt.txt"},
		{eddsa, "eddsa-rdfc-2022/proofConfigDataInt.json", "eddsa-rdfc-2022/proofCanonDataInt.txt"},
		{eddsa, "unsigned.json", "Ed25519Signature2020/canonDocEdSig.txt"},
		{eddsa, "Ed25519Signature2020/proofConfigEdSig.json", "Ed25519Signature2020/proofCanonEdSig.txt"},
		{ecdsa, "unsigned.json", "ecdsa-rdfc-2019-p256/canonDocECDSAP256.txt"},
		{ecdsa, "ecdsa-rdfc-2019-p256/proofConfigECDSAP256.json", "ecdsa-rdfc-2019-p256/proofCanonECDSAP256.txt"},
		{ecdsa, "unsigned.json", "ecdsa-rdfc-2019-p384/canonDocECDSAP384.txt"},
		{ecdsa, "ecdsa-rdfc-2019-p384/proofConfigECDSAP384.json", "ecdsa-rdfc-2019-p384/proofCanonECDSAP384.txt"},
		{eddsa, "employmentAuth.json", "eddsa-rdfc-2022/employ/canonDocDataInt.txt"},
		{eddsa, "eddsa-rdfc-2022/employ/proofConfigDataInt.json", "eddsa-rdfc-2022/employ/proofCanonDataInt.txt"},
		{ecdsa, "employmentAuth.json", "ecdsa-rdfc-2019-p256/employ/canonDocECDSAP256.txt"},
	} {
		t.Run(v.canonical, func(t *testing.T) {
			for range 2 { // with contexts processed anew, and kept
				document := readFile(t, filepath.Join(v.folder, v.document))
				quads, err := p.ToRDF(document, nil)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := canonical(t, quads), string(readFile(t, filepath.Join(v.folder, v.canonical))); got != want {
					t.Errorf("got\n%swant\n%s", got, want)
				}
			}
		})
	}
}

// Every signed document of the vectors whose contexts are known is read without a complaint.
func TestSignedDocuments(t *testing.T) {
	p, read := new(Processor), 0
	for _, folder := range []string{"di-eddsa", "di-ecdsa"} {
		sharedtest.Values(t, func(value any) {
			object, ok := value.(map[string]any)
			if !ok || object["@context"] == nil {
				return
			}
			document, err := json.Marshal(object)
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.ToRDF(document, nil)
			if err != nil {
				t.Errorf("%v: %v", object["id"], err)
			}
			read++
		}, "github w3c/vc-"+folder, "vectors", folder)
	}
	t.Logf("%d documents", read)
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
