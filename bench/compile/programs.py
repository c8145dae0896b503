"""What both compile benches share: the programs that are compared, and commands that are timed."""
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def add_options(parser):
    parser.add_argument("--native", metavar="PATH", default=f"{ROOT}/artifacts/native/package",
                        help="the native program (default: artifacts/native/package)")
    parser.add_argument("--before", metavar="PATH", help="a program of an earlier commit, in its checkout, to compare with")


def programs(options):
    """Name and path of each: the native program, the one that the launcher builds, the earlier one."""
    subprocess.run([f"{ROOT}/package", "--version"], stdout=subprocess.DEVNULL, check=True)
    found = {"native": options.native, "ReadyToRun": f"{ROOT}/artifacts/package/package"}
    if options.before:
        found["before"] = options.before
    for name, path in found.items():
        if not os.access(path, os.X_OK):
            raise SystemExit(f"There is no {name} program at {path}; --{name} PATH says where it is.")
    return {name: os.path.abspath(path) for name, path in found.items()}


def add_templates(folder, program):
    """Gives a project the templates of this checkout, and of the program's, which may read others."""
    for root in (ROOT, os.path.dirname(os.path.dirname(os.path.dirname(program)))):
        if os.path.isdir(f"{root}/templates"):
            shutil.copytree(f"{root}/templates", f"{folder}/templates", dirs_exist_ok=True)


class Timer:
    def __init__(self, folder):
        self.path = f"{folder}/timed"
        subprocess.run(["cc", "-O2", "-o", self.path, f"{HERE}/timed.c"], check=True)

    def run(self, command, cwd, env=None):
        """Seconds and peak resident MiB of a command, which must succeed."""
        done = subprocess.run([self.path, *command], cwd=cwd, env=env, capture_output=True, text=True, check=True)
        microseconds, kibibytes, code = (int(number) for number in done.stdout.split())
        if code != 0:
            raise SystemExit(f"{command} ended with {code}: {done.stderr}")
        return microseconds / 1e6, kibibytes / 1024
