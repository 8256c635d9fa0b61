package app

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/vc"
)

// fresh is a data folder that a server was started on once.
func fresh(t *testing.T) Config {
	t.Helper()
	config := Config{Data: t.TempDir(), Listen: "127.0.0.1:0"}
	lived(t, config)
	return config
}

// lived starts a server on config and ends it, which publishes the journal.
func lived(t *testing.T, config Config) {
	t.Helper()
	server, err := Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := server.Close(); err != nil {
		t.Error(err)
	}
}

func faults(t *testing.T, config Config, head string) (codes []string) {
	t.Helper()
	reports, err := VerifyAudit(t.Context(), config, "", head)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		for _, f := range r.Faults {
			codes = append(codes, f.Code)
		}
	}
	return codes
}

func TestRotateMaster(t *testing.T) {
	config := fresh(t)
	path := filepath.Join(config.Data, "master.key")
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	done, err := RotateMaster(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil || string(after) == string(before) || done.File != path || done.Heads == 0 {
		t.Errorf("%+v, changed %t, %v", done, string(after) != string(before), err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the key: %v %v", info, err)
	}
	if codes := faults(t, config, ""); len(codes) > 0 {
		t.Error("after the rotation:", codes)
	}
	lived(t, config)
	if codes := faults(t, config, ""); len(codes) > 0 {
		t.Error("after the next start:", codes)
	}
}

// TestRotateMasterCutOff ends a rotation after the database has the new key and before the file has it.
func TestRotateMasterCutOff(t *testing.T) {
	config := fresh(t)
	path := filepath.Join(config.Data, "master.key")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	next := local.NewMasterKey()
	cut := config
	cut.MasterKey, cut.MasterKeyPrevious = next.Reveal(), string(text)
	if err := os.WriteFile(path+".next", []byte(next.Reveal()), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := RotateMaster(t.Context(), cut); err != nil {
		t.Fatal(err)
	}
	if server, err := Open(t.Context(), config); vc.KindOf(err) != vc.Conflict {
		t.Errorf("the old key still opens: %v %v", server, err)
	}
	if done, err := RotateMaster(t.Context(), config); err != nil || done.Key != next.ID() {
		t.Fatalf("%+v %v", done, err)
	}
	lived(t, config)
}

func TestVerifyAuditFindsHead(t *testing.T) {
	config := fresh(t)
	reports, err := VerifyAudit(t.Context(), config, vc.DefaultTenant, "")
	if err != nil || len(reports) != 1 || reports[0].Head == "" || len(reports[0].Faults) > 0 {
		t.Fatalf("%+v %v", reports, err)
	}
	if codes := faults(t, config, reports[0].Head); len(codes) > 0 {
		t.Error(codes)
	}
	db, err := OpenDatabase(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	heads, err := db.AuditHeads(t.Context())
	if err != nil || len(heads) == 0 {
		t.Fatal(heads, err)
	}
	heads[len(heads)-1].MAC = make([]byte, 32)
	if err := db.ReplaceAuditHead(t.Context(), heads[len(heads)-1]); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if codes := faults(t, config, ""); len(codes) != 1 || codes[0] != "head-forged" {
		t.Error(codes)
	}
	if _, err := RotateMaster(t.Context(), config); vc.KindOf(err) != vc.Conflict {
		t.Error("a forged head was sealed anew:", err)
	}
}

func TestVerifyOfflineUnreadable(t *testing.T) {
	report, err := VerifyOffline(t.Context(), []byte("hello"), nil, time.Time{})
	if err != nil || report.Outcome != "failed" {
		t.Errorf("%+v %v", report, err)
	}
	if _, err := VerifyOffline(t.Context(), nil, []string{"weather"}, time.Time{}); vc.KindOf(err) != vc.Invalid {
		t.Error(err)
	}
}
