"""All settings: one frozen object, read once from the environment (`PORTAL_*`)."""

import contextlib
import os
import re
import secrets as random_secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from portal.kernel.errors import Invalid
from portal.kernel.text import Text, _

PREFIX = "PORTAL_"
DEMO, PRODUCTION = "demo", "production"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LARGEST_UPLOAD = 50 * 1024 * 1024
LAST_PORT = 65_535
_DATABASE = re.compile(r"postgres(ql)?(\+psycopg)?://([^/@]*@)?[^/@]+(/[^@]*)?")
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]", "*": "127.0.0.1"}  # noqa: S104  compared


def _setting(
    help_text: Text,
    default: Any = "",
    *,
    secret: bool = False,
    bounds: tuple[int, int] | None = None,
    sample: bool = False,
) -> Any:
    """A setting; `bounds` of a number, `sample` for a default that says nothing of a real city."""
    told = {"help": help_text, "secret": secret, "bounds": bounds, "sample": sample}
    return field(default=default, metadata=told)


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default for a demo on one machine."""

    mode: str = _setting(_("运行方式：demo（示例）或 production（正式）。"), DEMO)
    data: Path = _setting(_("嵌入式部件（数据库、索引、文件）所在的文件夹。"), Path(".portal/data"))
    bind: str = _setting(_("网页服务监听的地址和端口。"), "127.0.0.1:8000")
    public_url: str = _setting(_("用户访问的网址，用于登录回调和订阅；空则取监听地址。"))
    workers: int = _setting(_("网页服务的进程数。"), 2, bounds=(1, 64))
    database_url: str = _setting(
        _("PostgreSQL 数据库地址；空则使用文件夹里的 SQLite。"), secret=True
    )
    search_url: str = _setting(_("Elasticsearch 地址；空则使用嵌入式检索引擎。"), secret=True)
    search_prefix: str = _setting(_("本门户在 Elasticsearch 中的索引名前缀。"), "portal")
    oidc_issuer: str = _setting(_("统一身份认证的签发地址；示例方式下空则使用本机身份服务。"))
    oidc_client_id: str = _setting(_("在统一身份认证登记的客户端编号。"), "portal")
    oidc_client_secret: str = _setting(_("在统一身份认证登记的客户端密钥。"), secret=True)
    oidc_claim_subject: str = _setting(_("身份声明中作为账号的一项。"), "sub")
    oidc_claim_name: str = _setting(_("身份声明中作为姓名的一项。"), "name")
    oidc_claim_email: str = _setting(_("身份声明中作为邮箱的一项。"), "email")
    secret_key: str = _setting(_("签名密钥，正式运行时至少 32 个字符。"), secret=True)
    session_idle_minutes: int = _setting(_("多少分钟没有操作后自动退出。"), 30, bounds=(1, 1440))
    session_hours: int = _setting(_("登录后最长多少小时必须重新登录。"), 12, bounds=(1, 720))
    upload_bytes: int = _setting(
        _("上传文件的最大字节数。"), LARGEST_UPLOAD, bounds=(65_536, LARGEST_UPLOAD)
    )
    search_concurrent: int = _setting(
        _("每个地址同时进行的检索最多几个，0 为不限。"), 8, bounds=(0, 1000)
    )
    trusted_proxies: int = _setting(_("前面有几层可信的反向代理。"), 0, bounds=(0, 10))
    region_code: str = _setting(_("本市行政区划代码。"), "370100")
    site_name: str = _setting(_("页眉里门户的名字。"), "泉城数据 · 目录与治理")
    city_name: str = _setting(_("城市名称。"), "济南市")
    site_owner: str = _setting(_("页脚的主办单位。"), "济南市大数据局（示例）", sample=True)
    site_contact: str = _setting(_("页脚的联系方式。"), "0531-00000000（示例）", sample=True)
    site_code: str = _setting(_("网站标识码。"), "0000000000（示例）", sample=True)
    site_icp: str = _setting(_("ICP 备案号。"), "示例备案号", sample=True)
    site_police: str = _setting(_("公安备案号。"), "示例公安备案号", sample=True)
    log_level: str = _setting(_("日志级别：DEBUG、INFO、WARNING、ERROR。"), "INFO")

    @property
    def is_demo(self) -> bool:
        """Whether sample people may sign in without a password."""
        return self.mode == DEMO

    @property
    def database(self) -> str:
        """The address of the database in the form that the engine takes."""
        if self.database_url:
            return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", self.database_url)
        return f"sqlite:///{self.data / 'portal.sqlite'}"

    @property
    def dispatcher_socket(self) -> Path:
        """Where the dispatcher listens for nudges."""
        return self.data / "dispatcher.sock"

    @property
    def search_folder(self) -> Path:
        """Where the embedded index lives."""
        return self.data / "search"

    @property
    def file_folder(self) -> Path:
        """Where uploaded files live."""
        return self.data / "files"

    @property
    def url(self) -> str:
        """The address that people type, without a slash at its end."""
        return (self.public_url or f"http://{_reached(self.bind)}").rstrip("/")

    @property
    def provider_bind(self) -> str:
        """Where the local identity provider listens: the next port after the portal's.

        Never at all addresses, as it asks nobody for a password: then at this machine's own.
        """
        host, _colon, port = _reached(self.bind).rpartition(":")
        return f"{host}:{int(port) + 1}"

    @property
    def issuer(self) -> str:
        """The identity provider in use; the local one when none is set.

        The local one is called by the name of this machine that the printed address has, so that
        a browser finds both; by an address of the network it is never called, for it asks nobody
        for a password.
        """
        if self.oidc_issuer:
            return self.oidc_issuer.rstrip("/")
        host, _colon, port = self.provider_bind.rpartition(":")
        printed = urlsplit(self.url).hostname or ""
        if printed == "localhost" or printed.startswith("127."):
            host = printed
        return f"http://{host}:{port}"

    @property
    def uses_local_provider(self) -> bool:
        return not self.oidc_issuer

    def secrets(self) -> tuple[str, ...]:
        """All secret values in use, so that logs can leave them out."""
        values = [
            value for f in fields(self) if f.metadata["secret"] and (value := getattr(self, f.name))
        ]
        passwords = (urlsplit(value).password for value in (self.database_url, self.search_url))
        return (*values, *(unquote(password) for password in passwords if password))

    def rows(self) -> list[tuple[str, str, Text]]:
        """(environment name, value without secrets, help) of every setting."""
        return [(PREFIX + f.name.upper(), self._shown(f), f.metadata["help"]) for f in fields(self)]

    def _shown(self, setting: Any) -> str:
        value = getattr(self, setting.name)
        return ("***" if value else "") if setting.metadata["secret"] else str(value)


def _reached(bind: str) -> str:
    """A bind address as a browser on this machine reaches it: "all addresses" are none to go to."""
    host, _colon, port = bind.rpartition(":")
    return f"{_EVERY_ADDRESS.get(host, host)}:{port}"


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings of a process.

    Raises Invalid that names the variable: unknown, of the wrong type, or missing in production.
    """
    known = {PREFIX + f.name.upper(): f for f in fields(Settings)}
    unknown = sorted(k for k in environment if k.startswith(PREFIX) and k not in known)
    if unknown:
        raise Invalid(
            _(
                "不认识的设置 %(names)s。运行 portal check --settings 查看全部设置。",
                names="、".join(unknown),
            )
        )
    values = {
        f.name: _converted(name, environment[name], f.type)
        for name, f in known.items()
        if environment.get(name, "") != ""
    }
    settings = _without_samples(Settings(**values), values)
    _check(settings)
    return _with_demo_secrets(settings)


def _without_samples(settings: Settings, given: Mapping[str, Any]) -> Settings:
    """In production nothing of the sample city is shown that nobody has set."""
    if settings.is_demo:
        return settings
    unset = [f.name for f in fields(Settings) if f.metadata["sample"] and f.name not in given]
    blank: dict[str, Any] = dict.fromkeys(unset, "")
    return replace(settings, **blank)


def _converted(name: str, raw: str, kind: Any) -> Any:
    if kind is Path:
        return Path(raw)
    if kind is int:
        try:
            return int(raw)
        except ValueError:
            raise Invalid(
                _("设置 %(name)s 应为整数，现为“%(raw)s”。", name=name, raw=raw)
            ) from None
    return raw


def _check(settings: Settings) -> None:
    if settings.mode not in (DEMO, PRODUCTION):
        raise Invalid(
            _("设置 PORTAL_MODE 应为 demo 或 production，现为“%(mode)s”。", mode=settings.mode)
        )
    _check_bind(settings)
    _check_numbers(settings)
    _check_addresses(settings)
    if settings.log_level not in LEVELS:
        raise Invalid(
            _(
                "设置 PORTAL_LOG_LEVEL 应为 %(levels)s 之一，现为“%(level)s”。",
                levels="、".join(LEVELS),
                level=settings.log_level,
            )
        )
    if settings.is_demo:
        return
    if len(settings.secret_key) < 32:  # noqa: PLR2004  the help text names the number
        raise Invalid(_("正式运行时必须设置 PORTAL_SECRET_KEY，至少 32 个字符。"))
    if settings.uses_local_provider:
        raise Invalid(_("正式运行时必须设置 PORTAL_OIDC_ISSUER；本机身份服务只供示例使用。"))
    missing = [
        PREFIX + n.upper() for n in ("site_owner", "site_contact") if not getattr(settings, n)
    ]
    if missing:
        names = "、".join(missing)
        raise Invalid(
            _("正式运行时必须设置 %(names)s：网站要写明主办单位和联系方式。", names=names)
        )


def _check_bind(settings: Settings) -> None:
    found = re.fullmatch(r".+:(\d{1,5})", settings.bind)
    last = LAST_PORT - settings.uses_local_provider  # the local provider takes the next one
    if found is None or not 1 <= int(found[1]) <= last:
        raise Invalid(
            _(
                "设置 PORTAL_BIND 应为“地址:端口”，端口 1 至 %(last)s，现为“%(bind)s”。",
                bind=settings.bind,
                last=last,
            )
        )


def _check_numbers(settings: Settings) -> None:
    for each in fields(settings):
        bounds, value = each.metadata["bounds"], getattr(settings, each.name)
        if bounds is not None and not bounds[0] <= value <= bounds[1]:
            raise Invalid(
                _(
                    "设置 %(name)s 应在 %(least)s 与 %(most)s 之间，现为 %(value)s。",
                    name=PREFIX + each.name.upper(),
                    least=bounds[0],
                    most=bounds[1],
                    value=value,
                )
            )
    if not re.fullmatch(r"[1-9]\d{5}", settings.region_code):
        raise Invalid(
            _(
                "设置 PORTAL_REGION_CODE 应为六位行政区划代码，现为“%(code)s”。",
                code=settings.region_code,
            )
        )
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", settings.search_prefix):
        raise Invalid(
            _(
                "设置 PORTAL_SEARCH_PREFIX 应以小写字母开头，只含小写字母、数字、- 和 _，"
                "现为“%(prefix)s”。",
                prefix=settings.search_prefix,
            )
        )


def _has_port(address: str) -> bool:
    """Whether the port of an address, where it names one, is a number of a port."""
    try:
        urlsplit(address).port  # noqa: B018  asking is the check
    except ValueError:
        return False
    return True


def _check_addresses(settings: Settings) -> None:
    """The addresses of servers; what they hold is not repeated, for it may be a password."""
    database = settings.database_url
    if database and not (_DATABASE.fullmatch(database) and _has_port(database)):
        raise Invalid(
            _(
                "设置 PORTAL_DATABASE_URL 应为 postgresql://用户:密码@主机:端口/数据库；"
                "密码里的 @ : / 要写成 %%40 %%3A %%2F。"
            )
        )
    hosts = settings.search_url.replace(" ", "").split(",") if settings.search_url else ()
    if not all(re.match(r"https?://[^/]", host) and _has_port(host) for host in hosts):
        raise Invalid(
            _("设置 PORTAL_SEARCH_URL 应为 http:// 或 https:// 开头的地址，多个用逗号分开。")
        )
    for name in ("public_url", "oidc_issuer"):
        address = getattr(settings, name)
        if address and not (re.match(r"https?://[^/]", address) and _has_port(address)):
            raise Invalid(
                _(
                    "设置 %(name)s 应为 http:// 或 https:// 开头的网址，现为“%(address)s”。",
                    name=PREFIX + name.upper(),
                    address=address,
                )
            )


def _with_demo_secrets(settings: Settings) -> Settings:
    """In a demo, keys are made once and kept in the data folder, readable by its owner only."""
    if not settings.is_demo or (settings.secret_key and settings.oidc_client_secret):
        return settings
    return replace(
        settings,
        secret_key=settings.secret_key or _kept(settings.data / "secret-key"),
        oidc_client_secret=settings.oidc_client_secret or _kept(settings.data / "client-secret"),
    )


def _kept(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = path.with_name(f"{path.name}.{random_secrets.token_hex(8)}")
        made.touch(mode=0o600)
        made.write_text(random_secrets.token_urlsafe(48), encoding="ascii")
        with contextlib.suppress(FileExistsError):  # another process was first; its secret counts
            os.link(made, path)
        made.unlink()
    return path.read_text(encoding="ascii").strip()
