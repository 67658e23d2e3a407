"""Services: the one value handed to panes, and how it is built and taken down."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from studio import __version__
from studio.api.client import ApiClient
from studio.api.errors import ApiClosed
from studio.core.clock import Clock
from studio.core.errors import StorageError
from studio.core.i18n import date_and_time, tr
from studio.core.key_file import KeyFile
from studio.core.keyring_store import KeyringStore
from studio.core.paths import Paths, without_tilde
from studio.core.secrets import Secret
from studio.core.settings import Preferences, Settings
from studio.domain.asset import Asset
from studio.domain.job import Job
from studio.domain.network import Network
from studio.domain.service import ServiceHosts
from studio.services.access import AccessService
from studio.services.account import AccountService
from studio.services.audio import AudioService
from studio.services.audio_jobs import SoundRunner
from studio.services.backup import BackupService
from studio.services.browser_sign_in import app_key_of
from studio.services.catalogue import CatalogueService
from studio.services.chat import ChatParts, ChatService
from studio.services.chat_export import ChatExport
from studio.services.chat_store import ChatStore
from studio.services.chat_unsent import UnsentQuestions
from studio.services.create import CreateService
from studio.services.curator import Curator
from studio.services.evidence import EvidenceService
from studio.services.grids import GridService
from studio.services.job_pace import rpm_of_order
from studio.services.jobs import JobReport, JobService, Runner
from studio.services.legacy import KIND as LEGACY
from studio.services.legacy import LegacyConnector
from studio.services.legacy_orders import LegacyOrders
from studio.services.library import LibraryService
from studio.services.network import NetworkService
from studio.services.notices import Notice, NoticeCentre, Severity
from studio.services.ordering import Ordering
from studio.services.outbox import Outbox
from studio.services.profile import ProfileService, Rescue
from studio.services.prompt_book import PromptBook
from studio.services.recording import RecordingService
from studio.services.references import ReferenceService
from studio.services.sandbox import SandboxProcess
from studio.services.session import Session, SessionState
from studio.services.settings_writer import SettingsWriter
from studio.services.sound import SoundService
from studio.services.spending import SpendingService
from studio.services.storage import StorageService
from studio.services.tasks import TaskSupervisor
from studio.services.transcription import TranscriptionService
from studio.services.undo import UndoStack
from studio.services.visual_jobs import VisualRunner

log = logging.getLogger(__name__)
USER_AGENT = f"Nectary/{__version__}"
ClientFor = Callable[[Job], ApiClient]
MakeClient = Callable[[ServiceHosts, Callable[[], Secret | None]], ApiClient]


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a pane may use. Built by `build_services`, opened by `open_services`."""

    paths: Paths
    settings: Settings
    settings_writer: SettingsWriter
    tasks: TaskSupervisor
    notices: NoticeCentre
    profile: ProfileService
    library: LibraryService
    catalogue: CatalogueService
    account: AccountService
    session: Session
    jobs: JobService
    outbox: Outbox
    create: CreateService
    grids: GridService
    curator: Curator
    sound: SoundService
    audio: AudioService
    transcription: TranscriptionService
    recording: RecordingService
    chat: ChatService
    unsent: UnsentQuestions
    chat_export: ChatExport
    references: ReferenceService
    prompt_book: PromptBook
    access: AccessService
    spending: SpendingService
    evidence: EvidenceService
    ordering: Ordering
    network: NetworkService
    legacy: LegacyConnector
    legacy_orders: LegacyOrders
    backup: BackupService
    storage: StorageService


def make_client(hosts: ServiceHosts, key: Callable[[], Secret | None]) -> ApiClient:
    """The client of the program."""
    return ApiClient(hosts, key, user_agent=USER_AGENT)


def build_services(
    paths: Paths,
    settings: Settings,
    notices: NoticeCentre,
    environment: Mapping[str, str],
    *,
    make_client: MakeClient = make_client,
    clock: Clock | None = None,
) -> Services:
    """Compose the services; nothing is opened, asked or written yet.

    Args:
        make_client: one with other time limits, where somebody cannot wait for the usual ones.
        clock: what the queue measures its waits with.

    Raises:
        InputError: an address in the environment is not one.
    """
    tasks = TaskSupervisor()
    tasks.failed.connect(notices.report)
    profile = ProfileService(paths.profile)
    library = _make_library(paths, settings)
    account = _make_account(paths, environment)
    catalogue = CatalogueService(paths.cache)
    network, make_client = _make_network(settings, environment, make_client)
    session = _make_session(account, catalogue, paths, environment, make_client, network.hosts)
    references = ReferenceService(library, profile, session)
    sound = SoundService(library, paths.cache / "peaks", profile)
    transcription = TranscriptionService(library, profile, sound, paths.cache / "transcription")
    legacy = LegacyConnector(settings, session, account, KeyringStore(), tasks, make_client)
    runners = partial(_runners, library, profile, references, transcription, legacy)
    jobs = _make_jobs(session, account, catalogue, library, profile, tasks, notices, runners, clock, legacy)
    _renew(network, session, legacy, tasks, jobs)
    access = AccessService(account, session, jobs, profile, notices, tasks)
    _follow(jobs, ordering := Ordering(jobs, account, session, profile, settings), settings)
    create = CreateService(ordering, catalogue, profile, references)
    curator = Curator(library, undo := UndoStack())
    writer, words = SettingsWriter(settings, tasks, notices), partial(_wildcards, paths, settings)
    chat_parts = ChatParts(
        store=ChatStore(profile), settings=settings, undo=undo, tasks=tasks, session=session, account=account,
        catalogue=catalogue, profile=profile, library=library, create=create, ordering=ordering, jobs=jobs,
        access=access,
    )  # fmt: skip
    return Services(
        paths=paths, settings=settings, settings_writer=writer, tasks=tasks,
        backup=BackupService(paths, settings, writer, profile, words),
        storage=StorageService(paths, library, profile, session), notices=notices, profile=profile,
        library=library, catalogue=catalogue, account=account, session=session, jobs=jobs, access=access,
        references=references, curator=curator, sound=sound, transcription=transcription, create=create,
        outbox=Outbox(jobs, session, catalogue, notices, tasks, clock),
        chat=(chat := ChatService(chat_parts)), legacy=legacy, network=network, ordering=ordering,
        prompt_book=PromptBook(profile, words),
        grids=GridService(ordering, jobs, library, profile, references),
        audio=AudioService(ordering, jobs, session, catalogue, profile, library, sound),
        recording=RecordingService(library, curator, notices),
        unsent=UnsentQuestions(chat, session, notices), chat_export=ChatExport(chat_parts.store, library),
        spending=SpendingService(profile, session, account, catalogue),
        evidence=EvidenceService(profile, library, chat_parts.store),
        legacy_orders=LegacyOrders(legacy, ordering, references, library, profile),
    )  # fmt: skip


def _runners(
    library: LibraryService,
    profile: ProfileService,
    references: ReferenceService,
    transcription: TranscriptionService,
    legacy: LegacyConnector,
    client_for: ClientFor,
) -> Mapping[str, Runner]:
    """What carries out jobs, by their kind."""
    visual = VisualRunner(client_for, library, profile, references)
    heard, old = SoundRunner(client_for, library, profile), _legacy_runner(legacy, library, profile)
    return {"image": visual, "video": visual, "speech": heard, "music": heard, LEGACY: old,
            "transcription": transcription.runner(client_for)}  # fmt: skip


def _legacy_runner(legacy: LegacyConnector, library: LibraryService, profile: ProfileService) -> Runner:
    """Loaded by the first such job: most people never have one."""

    async def run(job: Job, report: JobReport) -> Asset:
        from studio.services.legacy_jobs import LegacyRunner

        return await LegacyRunner(legacy, library, profile)(job, report)

    return run


def _make_account(paths: Paths, environment: Mapping[str, str]) -> AccountService:
    app_key = app_key_of(environment.get("POLLINATIONS_APP_KEY"))
    return AccountService(KeyringStore(), app_key=app_key, key_file=KeyFile(paths.key_file))


def _make_session(
    account: AccountService,
    catalogue: CatalogueService,
    paths: Paths,
    environment: Mapping[str, str],
    make_client: MakeClient,
    hosts: ServiceHosts,
) -> Session:
    return Session(
        account, catalogue, SandboxProcess(paths.sandbox), hosts=hosts, make_client=make_client,
        environment_key=_key_of(environment),
    )  # fmt: skip


def _make_library(paths: Paths, settings: Settings) -> LibraryService:
    """The library, which files as the preferences say."""
    library = LibraryService(paths.library)

    def follow(values: Preferences) -> None:
        library.set_filing(template=values.files.name_template, embeds=values.files.embed_parameters)

    follow(settings.values)
    settings.changed.connect(follow)
    return library


def _make_jobs(
    session: Session,
    account: AccountService,
    catalogue: CatalogueService,
    library: LibraryService,
    profile: ProfileService,
    tasks: TaskSupervisor,
    notices: NoticeCentre,
    runners: Callable[[ClientFor], Mapping[str, Runner]],
    clock: Clock | None,
    legacy: LegacyConnector,
) -> JobService:
    """The queue, which goes on by itself when a job's service is there again."""

    def can_send(job: Job) -> bool:
        """Only to the service it was made for, and never without a key."""
        if job.kind == LEGACY:
            return legacy.can_send(job)
        is_its_service = session.connected and job.sandbox == session.state.is_sandbox
        return is_its_service and account.current_key() is not None

    def client_for(job: Job) -> ApiClient:
        if not can_send(job):
            raise ApiClosed(tr("Another service is in use now."))
        return session.client

    async def find_result(job_id: str) -> Asset | None:
        assets = await library.of_job(job_id)
        if assets and assets[0].provenance.request_kind == LEGACY:
            from studio.services.legacy_jobs import all_filed

            assets = assets if all_filed(assets) else []
        return next(iter(assets), None)

    def rpm(job: Job) -> float | None:
        model = catalogue.find(job.model)
        return model.per_user_rpm if model is not None else rpm_of_order(job)

    jobs = JobService(
        profile, tasks, notices, runners=runners(client_for), find_result=find_result, can_send=can_send,
        rpm=rpm, clock=clock,
    )  # fmt: skip

    def take_up(_state: SessionState | bool) -> None:
        if session.connected:
            tasks.spawn(jobs.recover(), name="take up jobs", owner=jobs)

    session.changed.connect(take_up)
    legacy.changed.connect(take_up)
    return jobs


def _follow(jobs: JobService, ordering: Ordering, settings: Settings) -> None:
    """The queue keeps to the budgets and to the number of jobs at once that the preferences say now."""
    jobs.stops = ordering.stops

    def follow(values: Preferences) -> None:
        jobs.parallel = values.connection.parallel_jobs

    follow(settings.values)
    settings.changed.connect(follow)


def _renew(
    network: NetworkService,
    session: Session,
    legacy: LegacyConnector,
    tasks: TaskSupervisor,
    jobs: JobService,
) -> None:
    """Connections go another way as soon as the user says so."""

    def renew(_network: Network) -> None:
        legacy.renew()
        tasks.spawn(session.reconnect(network.hosts), name="connect anew", owner=network, group="renew")

    network.changed.connect(renew)
    network.busy = lambda: any(job.state.was_sent and not job.sandbox for job in jobs.active())


def _make_network(
    settings: Settings, environment: Mapping[str, str], make_client: MakeClient
) -> tuple[NetworkService, MakeClient]:
    """The way to the services, and what makes clients that take it."""
    network = NetworkService(settings, environment, KeyringStore(), user_agent=USER_AGENT)
    return network, network.maker(make_client)


def _wildcards(paths: Paths, settings: Settings) -> Path:
    """The folder of the wildcard files: the chosen one, or the profile's own."""
    chosen = settings.values.create.wildcards
    return without_tilde(Path(chosen)) if chosen else paths.profile / "wildcards"


def _key_of(environment: Mapping[str, str]) -> Secret | None:
    """The key of the environment: used, never stored."""
    key = environment.get("POLLINATIONS_API_KEY")
    return Secret(key) if key else None


async def open_services(services: Services, *, plain: bool = False) -> None:
    """Open the stores. What cannot be opened is told, and the rest works without it.

    Args:
        plain: safe mode: nothing is taken up that an earlier session left.

    Raises:
        StudioError: the library or the profile cannot be used at all.
    """
    # The journal first: it knows which half downloads come again.
    rescue = await services.profile.open()
    if rescue is not None:
        services.notices.post(_rescued(rescue))
    unfinished = await services.profile.unfinished()
    await services.library.open({job.id for job in unfinished})
    try:
        await services.transcription.adopt_pieces()
    except StorageError as error:
        services.notices.report(error)
    await services.chat.open()
    for problem in services.settings.problems:
        log.warning("settings: %s", problem)
    if services.settings.set_aside is not None:
        services.notices.tell(
            tr("Your preferences could not be read."),
            tr("The usual ones hold. The old file is kept as {name}.", name=services.settings.set_aside.name),
            severity=Severity.WARNING,
        )
    if plain:
        return
    services.tasks.spawn(services.recording.recover(), name="take up recordings", owner=services)
    services.tasks.spawn(services.profile.snapshot_if_due(), name="copy the profile", owner=services)


def _rescued(rescue: Rescue) -> Notice:
    if rescue.restored is not None:
        when = date_and_time(rescue.restored.astimezone())
        detail = tr(
            "The copy of {when} stands in for it. The damaged file is kept as {name}.",
            when=when,
            name=rescue.aside.name,
        )
    else:
        detail = tr("A new one was started. The damaged file is kept as {name}.", name=rescue.aside.name)
    return Notice(
        text=tr("Your profile was damaged; your library is not."), detail=detail, severity=Severity.WARNING
    )


async def close_services(services: Services) -> None:
    """Stop work, keep the journal, release the files. Safe to call when opening failed halfway."""
    services.jobs.close()
    # While the tasks still run: what came of answers is written as far as it came.
    await services.chat.end()
    stubborn = await services.tasks.shutdown()
    if stubborn:
        log.warning("tasks that would not stop: %s", ", ".join(stubborn))
    for close in (
        services.settings_writer.close,
        services.legacy.close,
        services.session.close,
        services.sound.close,
        services.recording.close,
        services.library.close,
        services.chat.close,
        services.profile.close,
    ):
        try:
            await close()
        except Exception:
            # The others must be closed all the same, the profile above all.
            log.exception("while closing")
