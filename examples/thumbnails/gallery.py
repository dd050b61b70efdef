"""Photos, and the thumbnails that a pool of nodes makes of them."""

from __future__ import annotations

from skygarth import Application, JobChange, LongText, Type, attr, on

SIDE_MAX = 8


class Photo(Type, path="name"):
    """A grey picture as text: the plain form of PGM."""

    name: str = attr(max_length=80, pattern=r"[a-z0-9-]+")
    image: LongText = attr()


class Thumbnail(Type):
    """A photo in small."""

    photo: Photo = attr()
    image: LongText = attr()


@on("created", Photo, pool="media", once=True, name="thumbnail")
def thumbnail(change: JobChange) -> None:
    """Runs for each new photo, once, on some node that was started with --pools media."""
    photo = change.object
    if isinstance(photo, Photo):  # else it has been purged in the meantime
        small = shrunk(photo.image)  # takes its time; no transaction is open
        change.repository.create(Thumbnail(photo=photo, image=small), guid=change.new_guid())


def shrunk(image: str) -> str:
    """The picture with at most `SIDE_MAX` points a side: the average of those it stands for."""
    magic, width, height, white, *points = image.split()
    if magic != "P2":
        raise ValueError("this is no picture in plain PGM")
    columns, rows = int(width), int(height)
    step = max(1, -(-max(columns, rows) // SIDE_MAX))
    small = [
        [_average(points, columns, x, y, step) for x in range(0, columns - step + 1, step)]
        for y in range(0, rows - step + 1, step)
    ]
    lines = [" ".join(map(str, row)) for row in small]
    return "\n".join(["P2", f"{len(small[0])} {len(small)}", white, *lines, ""])


def _average(points: list[str], columns: int, left: int, top: int, step: int) -> int:
    square = [
        int(points[y * columns + x])
        for y in range(top, top + step)
        for x in range(left, left + step)
    ]
    return sum(square) // len(square)


application = Application((Photo, Thumbnail))
