"""A nightly backup: one host reads everything from another, as fast as it can."""

from lab.namespaces import listens, unlines, wait_for
from lab.range import Range
from lab.scenario import Scenario


def run(net: Range) -> None:
    files, backup = net.inside("files"), net.inside("backup")
    shared = files.folder / "shared"
    shared.mkdir()
    for number in range(30):
        (shared / f"minutes-{number:02}.txt").write_text("Room 12 needs a new lamp.\n" * 300)
    (shared / "disk.img").write_bytes(bytes(2_000_000))
    conf = files.folder / "rsyncd.conf"
    conf.write_text(unlines(["uid = root", "use chroot = no", "[shared]", f"path = {shared}"]))
    files.start("rsync", "--daemon", "--no-detach", f"--config={conf}")
    wait_for("rsync", listens(files, 873))
    net.everyday()
    for day in range(3):
        backup.run("rsync", "-a", f"rsync://{files.ip}/shared/", f"{backup.folder}/{day}/")
        net.quiet(2)
    net.quiet(3)


SCENARIO = Scenario(
    name="backup-rsync",
    about="A host fetches thirty-one files from another by rsync, three times, as fast as the wire goes.",
    tools={"rsync": "rsync"},
    run=run,
    snap_octets=110,
)
