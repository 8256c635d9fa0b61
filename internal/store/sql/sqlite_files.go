package sql

import (
	"fmt"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite writes its log a frame at a time, in two calls of the system each, and its database a page at a time. A commit of
// many has hundreds of them, which cost more than all else that it does. Here is a layer under SQLite
// (https://www.sqlite.org/vfs.html) that gathers what is written one behind the other and hands it on in one piece: when
// the next does not follow, and before the file is synced, read, measured, cut, unlocked or closed (ADR 9).
//
// Nothing is promised that was not before: a commit is synced before others see it (synchronous=FULL), and a sync hands on
// first what was gathered. What a crash takes was not synced.
const gathered = 64 << 10 // bytes; SQLite's own layer takes less than 128 KiB at a time

// files is such a layer, registered with SQLite under a name. It lives in memory that SQLite can see.
type files struct {
	name string
	vfs  uintptr // sqlite3.Tsqlite3_vfs, the name behind it
}

// file is what a file of ours has behind the one of the layer below.
type file struct {
	methods sqlite3.Tsqlite3_io_methods // what SQLite calls
	below   uintptr                     // sqlite3.Tsqlite3_io_methods of the layer below
	buffer  uintptr                     // 0: nothing was written yet
	offset  int64                       // of the buffer in the file
	length  int64                       // of what is in the buffer
}

func newFiles() (*files, error) {
	tls := libc.NewTLS()
	defer tls.Close()
	below := sqlite3.Xsqlite3_vfs_find(tls, 0)
	if below == 0 {
		return nil, fmt.Errorf("SQLite has no files")
	}
	const room = 64 // for the name
	f := &files{vfs: sqlite3.Xsqlite3_malloc(tls, int32(unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})+room))}
	if f.vfs == 0 {
		return nil, fmt.Errorf("no memory")
	}
	f.name = fmt.Sprintf("gathered-%x", f.vfs)
	v, name := pointed[sqlite3.Tsqlite3_vfs](f.vfs), f.vfs+unsafe.Sizeof(sqlite3.Tsqlite3_vfs{})
	*v = *pointed[sqlite3.Tsqlite3_vfs](below)
	*pointed[[room]byte](name) = [room]byte{}
	copy(pointed[[room]byte](name)[:room-1], f.name)
	v.FpNext, v.FzName, v.FpAppData = 0, name, below
	v.FszOsFile = int32(behind(v.FszOsFile) + unsafe.Sizeof(file{}))
	v.FxOpen = callback(openFile)
	if rc := sqlite3.Xsqlite3_vfs_register(tls, f.vfs, 0); rc != sqlite3.SQLITE_OK {
		sqlite3.Xsqlite3_free(tls, f.vfs)
		return nil, fmt.Errorf("registering files with SQLite: %d", rc)
	}
	return f, nil
}

// close is for when no connection is open any more.
func (f *files) close() {
	tls := libc.NewTLS()
	defer tls.Close()
	sqlite3.Xsqlite3_vfs_unregister(tls, f.vfs)
	sqlite3.Xsqlite3_free(tls, f.vfs)
}

// behind is where our part of a file begins, behind size bytes of the layer below.
func behind(size int32) uintptr { return (uintptr(size) + 7) &^ 7 }

// pointed gives what is at an address in memory that is not Go's.
func pointed[T any](address uintptr) *T { return *(**T)(unsafe.Pointer(&address)) }

// callback and called turn functions into what SQLite keeps of them and back, as the driver does.
func callback[F any](fn F) uintptr     { return *(*uintptr)(unsafe.Pointer(&fn)) }
func called[F any](function uintptr) F { return *(*F)(unsafe.Pointer(&function)) }

type (
	onFile   = func(tls *libc.TLS, file uintptr) int32
	withFlag = func(tls *libc.TLS, file uintptr, flag int32) int32
	withData = func(tls *libc.TLS, file, data uintptr, n int32, offset int64) int32
	toOpen   = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32
)

func openFile(tls *libc.TLS, vfs, name, address uintptr, flags int32, out uintptr) int32 {
	below := pointed[sqlite3.Tsqlite3_vfs](pointed[sqlite3.Tsqlite3_vfs](vfs).FpAppData)
	rc := called[toOpen](below.FxOpen)(tls, pointed[sqlite3.Tsqlite3_vfs](vfs).FpAppData, name, address, flags, out)
	opened := pointed[sqlite3.Tsqlite3_file](address)
	if rc != sqlite3.SQLITE_OK || opened.FpMethods == 0 || flags&(sqlite3.SQLITE_OPEN_MAIN_DB|sqlite3.SQLITE_OPEN_WAL) == 0 {
		return rc
	}
	place := address + behind(below.FszOsFile)
	f := pointed[file](place)
	*f = file{methods: *pointed[sqlite3.Tsqlite3_io_methods](opened.FpMethods), below: opened.FpMethods}
	f.methods.FxClose = callback(closeFile)
	f.methods.FxRead = callback(readFile)
	f.methods.FxWrite = callback(writeFile)
	f.methods.FxTruncate = callback(truncateFile)
	f.methods.FxSync = callback(syncFile)
	f.methods.FxFileSize = callback(sizeOfFile)
	f.methods.FxUnlock = callback(unlockFile)
	f.methods.FxFileControl = callback(controlFile)
	opened.FpMethods = place // the methods come first in file
	return rc
}

// fileAt gives our part of a file and the methods of the layer below.
func fileAt(address uintptr) (*file, *sqlite3.Tsqlite3_io_methods) {
	f := pointed[file](pointed[sqlite3.Tsqlite3_file](address).FpMethods)
	return f, pointed[sqlite3.Tsqlite3_io_methods](f.below)
}

func writeFile(tls *libc.TLS, address, data uintptr, n int32, offset int64) int32 {
	f, below := fileAt(address)
	if f.length > 0 && (offset != f.offset+f.length || f.length+int64(n) > gathered) {
		if rc := f.handOn(tls, address, below); rc != sqlite3.SQLITE_OK {
			return rc
		}
	}
	if f.buffer == 0 {
		f.buffer = sqlite3.Xsqlite3_malloc(tls, gathered)
	}
	if f.buffer == 0 || n > gathered {
		return called[withData](below.FxWrite)(tls, address, data, n, offset)
	}
	if f.length == 0 {
		f.offset = offset
	}
	copy(pointed[[gathered]byte](f.buffer)[f.length:], pointed[[gathered]byte](data)[:n])
	f.length += int64(n)
	return sqlite3.SQLITE_OK
}

// handOn writes what was gathered. Where that fails it is gone, as SQLite knows from the error.
func (f *file) handOn(tls *libc.TLS, address uintptr, below *sqlite3.Tsqlite3_io_methods) int32 {
	if f.length == 0 {
		return sqlite3.SQLITE_OK
	}
	n := int32(f.length)
	f.length = 0
	return called[withData](below.FxWrite)(tls, address, f.buffer, n, f.offset)
}

func readFile(tls *libc.TLS, address, data uintptr, n int32, offset int64) int32 {
	f, below := fileAt(address)
	if rc := f.handOn(tls, address, below); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return called[withData](below.FxRead)(tls, address, data, n, offset)
}

func syncFile(tls *libc.TLS, address uintptr, flags int32) int32 {
	f, below := fileAt(address)
	if rc := f.handOn(tls, address, below); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return called[withFlag](below.FxSync)(tls, address, flags)
}

func truncateFile(tls *libc.TLS, address uintptr, size int64) int32 {
	f, below := fileAt(address)
	if rc := f.handOn(tls, address, below); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return called[func(*libc.TLS, uintptr, int64) int32](below.FxTruncate)(tls, address, size)
}

func sizeOfFile(tls *libc.TLS, address, size uintptr) int32 {
	f, below := fileAt(address)
	if rc := f.handOn(tls, address, below); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return called[func(_ *libc.TLS, file, size uintptr) int32](below.FxFileSize)(tls, address, size)
}

func unlockFile(tls *libc.TLS, address uintptr, level int32) int32 {
	f, below := fileAt(address)
	if rc := f.handOn(tls, address, below); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return called[withFlag](below.FxUnlock)(tls, address, level)
}

func controlFile(tls *libc.TLS, address uintptr, op int32, argument uintptr) int32 {
	f, below := fileAt(address)
	if rc := f.handOn(tls, address, below); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return called[func(_ *libc.TLS, file uintptr, op int32, argument uintptr) int32](below.FxFileControl)(tls, address, op, argument)
}

func closeFile(tls *libc.TLS, address uintptr) int32 {
	f, below := fileAt(address)
	written := f.handOn(tls, address, below)
	if f.buffer != 0 {
		sqlite3.Xsqlite3_free(tls, f.buffer)
	}
	pointed[sqlite3.Tsqlite3_file](address).FpMethods = f.below
	if rc := called[onFile](below.FxClose)(tls, address); rc != sqlite3.SQLITE_OK {
		return rc
	}
	return written
}
