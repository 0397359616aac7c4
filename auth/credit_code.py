"""The unified social credit code of organisations (GB 32100-2015)."""

from portal.kernel.errors import Invalid
from portal.kernel.text import Text, _

LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z: GB 32100-2015, 4.1


def normalised(raw: str) -> str:
    """The code in capitals, without the spaces that people put between its parts."""
    return "".join(raw.split()).upper()


def check_character(first_seventeen: str) -> str:
    """The eighteenth character that belongs to the first seventeen (GB 32100-2015, 4.2.6)."""
    total = sum(
        ALPHABET.index(character) * pow(3, position, 31)
        for position, character in enumerate(first_seventeen)
    )
    return ALPHABET[-total % 31]


def problem(code: str) -> Text | None:
    """What is wrong with a code, where, and what to do; nothing when it is right."""
    if len(code) != LENGTH:
        return _("统一社会信用代码应为 18 位，现为 %(length)s 位。请核对。", length=len(code))
    for position, character in enumerate(code, 1):
        if character not in ALPHABET:
            return _(
                "第 %(position)s 位“%(character)s”不是统一社会信用代码的字符。"
                "请核对，字母不用 I、O、S、V、Z。",
                position=position,
                character=character,
            )
    right = check_character(code[:-1])
    if code[-1] != right:
        return _(
            "校验位不对，应为 %(right)s，现为 %(given)s。请核对第 18 位。",
            right=right,
            given=code[-1],
        )
    return None


def checked(raw: str | None, *, field: str = "credit_code") -> str | None:
    """The code in its normal form, or None for an empty one.

    Raises Invalid, at the field, with what `problem` says.
    """
    code = normalised(raw or "")
    if not code:
        return None
    objection = problem(code)
    if objection is not None:
        raise Invalid(objection, fields={field: [objection]})
    return code
