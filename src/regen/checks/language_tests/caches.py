"""Caches of toolchains that outlive a run: filled by regen from programs of its own, read-only to every candidate."""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import tempfile

from regen.checks.language_tests.toolchains import asked

_GO_MODULE = "module example.com/warm\n\ngo 1.18\n"
_GO_TEST = """package warm

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand"
	"os"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"
)

var _ = []any{bufio.NewReader, bytes.Equal, context.Background, json.Marshal, errors.New, fmt.Sprint, io.EOF, math.Pi,
	rand.Int, os.Args, reflect.TypeOf, regexp.MustCompile, sort.Ints, strconv.Itoa, strings.ToLower, new(sync.Mutex),
	time.Now, unicode.IsLetter}

func TestWarm(t *testing.T) {}
"""


@functools.cache
def go_cache(go: str) -> str:
    """Return a folder with the compiled standard library of this Go, made once a toolchain; empty where it can't be."""
    mark = hashlib.sha256(f"{asked(go, 'version')}{asked(go, 'env', 'GOROOT')}{_GO_TEST}".encode()).hexdigest()[:16]
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    place = os.path.join(home, "regen", f"go-{mark}")
    if os.path.isdir(place):
        return place
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        with tempfile.TemporaryDirectory(dir=os.path.dirname(place), ignore_cleanup_errors=True) as folder:
            cache = os.path.join(folder, "cache")
            for name, text in (("go.mod", _GO_MODULE), ("warm_test.go", _GO_TEST)):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            environment = {"PATH": os.defpath, "HOME": folder, "GOCACHE": cache, "GOFLAGS": "", "GOPROXY": "off",
                           "GOTOOLCHAIN": "local", "GOTELEMETRY": "off"}  # fmt: skip
            subprocess.run([go, "test", "-vet=off", "."], cwd=folder, env=environment, timeout=600, check=True,
                           capture_output=True)  # fmt: skip
            os.rename(cache, place)
    except (OSError, subprocess.SubprocessError):
        return place if os.path.isdir(place) else ""
    return place
