"""The standard form in Welsh."""

from enquiries.models import Scope
from enquiries.wording.kinds import Ask, Text

TEXT = Text(
    title="Beth rydych chi’n cytuno iddo wrth siarad â ni",
    paragraphs=(
        ("", "Mae {partner} yn gofyn un cwestiwn i bobl: “{question}” Yna rydyn ni’n gwrando."),
        ("why", "Pam rydyn ni’n gofyn: {why}"),
        ("who_listens", "Pwy sy’n gwrando: {who_listens}"),
        (
            "",
            (
                "Chi sy’n dewis beth sy’n digwydd i’ch geiriau. Rydyn ni’n gofyn am un peth ar y tro. "
                "Gallwch ddweud ie, dweud na, neu benderfynu ddiwrnod arall. Nid yw dweud na wrth un peth "
                "yn newid dim arall sy’n gallu bod hebddo."
            ),
        ),
        (
            "",
            (
                "Nid yw eich hyfforddi’n dibynnu ar unrhyw ateb. Nid yw unrhyw help arall chwaith. Os cewch "
                "rywbeth yn ddiolch, chi biau fe hyd yn oed os stopiwch hanner ffordd."
            ),
        ),
        (
            "",
            (
                "Gallwch stopio, cael saib neu adael rhywbeth allan unrhyw bryd. Gallwch newid unrhyw ateb "
                "yn nes ymlaen. Does dim rhaid dweud pam."
            ),
        ),
        (
            "",
            (
                "Mae un peth na allwn ei gadw i ni ein hunain. Os dywedwch eich bod chi neu rywun arall mewn "
                "perygl, byddwn yn siarad â chi am bwy sydd angen gwybod."
            ),
        ),
        ("adults", "Mae hwn i bobl 18 oed a throsodd."),
        ("retention", "Pa mor hir rydyn ni’n cadw beth: {retention}"),
    ),
    cannot_recall=(
        "Gallwch dynnu eich geiriau o’r adroddiad tan {cut_off}. Mae rhifau sydd yn yr adroddiad ar y "
        "diwrnod hwnnw yn aros. Nid ydynt yn enwi neb. Gellir tynnu eich geiriau oddi ar y wefan, ac o "
        "bopeth arall sydd gennym, bob amser."
    ),
    printed_copies=(
        "Ni ellir galw copïau papur yn ôl. Na chopïau y mae rhywun arall wedi’u cadw. Os byddwn yn argraffu "
        "eto, bydd eich geiriau’n cael eu gadael allan."
    ),
    asks={
        Scope.TAKE_PART: Ask(
            "Gawn ni wrando arnoch chi a chadw’r hyn rydych chi’n ei ddweud?",
            "Heb hyn nid ydym yn cadw dim. Chi sy’n dewis enw. Cedwir pwy ydych chi ar wahân i’r hyn a "
            "ddywedwch, a dim ond un person yma sy’n cael rhoi’r ddau at ei gilydd. Mae angen ie yma ar "
            "bob cwestiwn arall ond yr olaf.",
        ),
        Scope.AUDIO_RECORD: Ask(
            "Gawn ni recordio’r sain?",
            "Rydyn ni’n cadw’r sain dan glo, ar ein peiriant ein hunain. Gall y tîm sy’n gweithio ar y "
            "cwestiwn hwn ei chlywed. Os dywedwch na, gallwn ysgrifennu nodiadau.",
        ),
        Scope.MACHINE_TRANSCRIBE: Ask(
            "Gaiff cyfrifiadur ar ein desg ein hunain ei ysgrifennu?",
            "Nid oes dim yn mynd at gwmni arall. Mae person yn gwrando ac yn cywiro camgymeriadau’r "
            "cyfrifiadur.",
        ),
        Scope.ANALYSE: Ask(
            "Gawn ni ddarllen eich geiriau gyda geiriau pobl eraill, i weld beth sy’n gyffredin?",
            "Tynnir enwau, lleoedd a dyddiadau allan yn gyntaf. Pobl sy’n penderfynu beth mae’n ei olygu. "
            "Dim ond cynnig syniadau y gall cyfrifiadur ei wneud.",
        ),
        Scope.QUOTE_WORDS: Ask(
            "Gawn ni ddyfynnu eich geiriau, heb enwau?",
            "Gall eich union eiriau fod mewn adroddiad neu ar ein gwefan. Gallwch weld pob dyfyniad yn "
            "gyntaf a dweud ie neu na wrtho.",
        ),
        Scope.AUDIO_CLIP: Ask(
            "Gaiff pobl glywed rhan fer yn eich llais eich hun?",
            "Efallai y bydd rhywun sy’n eich adnabod yn adnabod eich llais. Gallwch glywed y rhan cyn neb "
            "arall.",
        ),
        Scope.NAMED_CREDIT: Ask(
            "Gawn ni eich enwi, os ydych chi eisiau hynny?",
            "Nid yw’r rhan fwyaf o bobl yn cael eu henwi. Os dywedwch ie, byddwn yn gofyn eto pa enw, ac "
            "ymhle.",
        ),
        Scope.LINK_COACHING: Ask(
            "Gawn ni roi eich geiriau wrth ymyl ffigurau o’ch hyfforddi?",
            "Er enghraifft, faint o bobl a gwrddodd â’u hyfforddwr yn yr awyr agored. Dim ond ffigurau am "
            "ddeg o bobl neu fwy a ddangoswn. Nid yw eich hyfforddwr yn gweld yr hyn a ddywedoch.",
        ),
        Scope.PARTNER_SHARE: Ask(
            "Gaiff partneriaid eraill yr ymholiad hwn ddarllen eich geiriau?",
            "Maen nhw’n eu darllen heb enwau. Rydyn ni’n cadw rhestr o bwy gafodd beth.",
        ),
        Scope.PRACTICE_LEARNING: Ask(
            "Gaiff hyfforddwyr ddysgu o’ch geiriau?",
            "Efallai y byddwn yn eu defnyddio, heb enwau, pan fydd hyfforddwyr yn dysgu gyda’i gilydd.",
        ),
        Scope.ARCHIVE_DEPOSIT: Ask(
            "Gaiff archif gadw eich geiriau, heb enwau?",
            "Gallai pobl sy’n astudio sut mae help yn gweithio eu darllen, flynyddoedd lawer o nawr.",
        ),
        Scope.PAYER_EVIDENCE: Ask(
            "Gaiff y rhai sy’n talu am hyfforddi weld rhywbeth da a ddigwyddodd?",
            "Fel cartref newydd neu swydd, os soniasoch amdano. Nid yw byth yn newid yr hyn a gewch.",
        ),
        Scope.CONTACT_AGAIN: Ask(
            "Gawn ni ofyn i chi eto ymhen rhyw flwyddyn?",
            "Byddem yn dweud wrthych beth ddaeth o hyn, ac yn gofyn y cwestiwn unwaith eto. Gallwch ddweud "
            "na bryd hynny hefyd.",
        ),
    },
    yes="Ie",
    no="Na",
    later="Gofynnwch yn nes ymlaen",
    needs="Dim ond gydag ie i hyn y gall hwn fod yn ie: {questions}",
    one_by_one="Un cwestiwn ar y tro",
    cannot_heading="Beth na ellir ei dynnu’n ôl",
    paper_heading="Copïau papur",
    change_heading="Os newidiwch eich meddwl",
    change=(
        "Dywedwch wrth bwy bynnag y siaradoch â nhw, neu unrhyw un yn {partner}. Does dim rhaid dweud pam."
    ),
    copy_heading="Eich copi: beth ddywedoch wrth bob cwestiwn",
    name_line="Yr enw a ddewisoch",
    date_line="Dyddiad",
)
