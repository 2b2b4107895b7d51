"""Short lists that tell names from other words in British speech. Never complete: a first pass."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable


def _words(block: str) -> frozenset[str]:
    return frozenset(" ".join(word.split()) for word in block.split(",") if word.strip())


def longest_first(words: Iterable[str]) -> list[str]:
    """Words as alternatives of a regular expression: the longer before the shorter that it starts with."""
    return [re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word))]


def unaccented(word: str) -> str:
    """A word without the marks on its letters: Zoë as Zoe."""
    return "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))


# Capitalised, but said by everybody and true of everybody: not offered.
NOT_NAMES = _words(
    """
    I, I'm, I've, I'd, I'll, OK, Ok, Okay, TV, PC, ID, CV, AM, PM, UK, GB, EU, NHS, GP, GPs, DWP, PIP,
    ESA, JSA, DLA, UC, MP, CPN, CMHT, CAMHS, IAPT, ADHD, PTSD, A&E, AA, NA, DNA, MOT, CSCS, DBS, HMO,
    Section, Universal Credit, Universal, Credit, Housing Benefit, Benefit, Benefits, Jobcentre, Job
    Centre, Jobcentre Plus, Council, Housing, Social Services, Social, Services, Covid, COVID, Covid-19,
    Christmas, Easter, Ramadan, Eid, Diwali, Zoom, Facebook, WhatsApp, Google, YouTube, Instagram,
    TikTok, Internet, Wi-Fi, God, Lord, Jesus, Bible, Quran, Mum, Mam, Mummy, Mom, Dad, Daddy, Nan,
    Nana, Nanny, Gran, Grandma, Grandad, Grandpa, Auntie, Aunty, Uncle, Mr, Mrs, Ms, Miss, Dr, Sir,
    Madam, English, Maths, Wisdom, Wisdoms, Coach, Monday, Tuesday, Wednesday, Thursday, Friday,
    Saturday, Sunday, January, February, March, April, May, June, July, August, September, October,
    November, December, Interviewer, Participant, Speaker, Person, Researcher, Yes, No, Yeah
    """
)

# What people say with a capital after a pause, a name or a comma, and what is a name to nobody.
EVERYDAY = _words(
    """
    ah, aye, um, uh, er, erm, oh, ooh, mm, mhm, hmm, yeah, yep, yes, no, nah, nope, ta, hi, hiya, hello, bye,
    cheers, please, sorry, thanks, thank, well, right, so, now, then, there, here, how, what, when, where,
    which, who, whose, why, the, a, an, and, but, or, if, as, at, by, for, from, in, into, of, off, on, onto,
    out, over, to, up, with, it, its, he, she, they, we, you, me, him, her, them, us, my, your, his, our,
    their, this, that, these, those, some, any, all, both, each, every, everyone, everything, everywhere,
    nobody, nothing, somebody, something, do, does, did, don't, didn't, is, are, was, were, be, been, can,
    can't, could, should, would, won't, shall, must, might, have, has, had, not, never, only, just, also,
    again, still, anyway, maybe, perhaps, honestly, actually, basically, first, second, last, next, once,
    twice, one, two, three, four, five, six, seven, eight, nine, ten, eleven, twelve, twenty, thirty, forty,
    fifty, sixty, seventy, eighty, ninety, hundred, thousand, mondays, tuesdays, wednesdays, thursdays,
    fridays, saturdays, sundays, goodness, gosh, dear, morning, afternoon, evening, night, men, women, people,
    let, let's, look, listen, come, go, get, give, take, tell, ask, stop, wait, sign, upstairs, downstairs,
    team, dogs, no-one, like, because, cause, cos, before, after, while, until, till, since, though, although
    """
)

# First names that are also plain words: offered only when capitalised inside a sentence.
ALSO_WORDS = _words(
    """
    will, mark, may, june, april, august, hope, joy, grace, rose, faith, dawn, art, bill, rob, sue, pat,
    jack, bob, frank, grant, dean, guy, gene, jean, ray, rich, penny, ruby, amber, ivy, holly, heather,
    iris, daisy, lily, jade, pearl, crystal, summer, autumn, eve, star, sky, robin, drew, chase, hunter,
    mason, carter, cooper, taylor, miles, wade, buddy, angel, charity, harmony, melody, constance,
    patience, prudence, violet, olive, poppy, willow, bay, rusty, sandy, woody, dale, glen, cliff,
    brook, ford, lane, young, long, short, brown, white, black, green, king, knight, bishop, abbot,
    cook, baker, smith, page, price, wood, field, hill, banks, rivers, stone, west, north, day, love,
    good, best, bright, sharp, small, little, power, case, cash, church, coach, person, reading, bath,
    ware, wells, rugby, sale, hove, deal, poole, bury, battle, nelson, ross, hull, wells, lee, don, al,
    van, so, my, chance, justice, marvel, miller, potter, turner, walker, fisher, gardener, mercy,
    early, ash, bee, bell, berry
    """
)

FIRST_NAMES = _words(
    """
    Aaron, Abdul, Abdullah, Abigail, Abu, Adam, Adele, Adrian, Agnes, Agnieszka, Ahmed, Aidan, Aisha,
    Alan, Alastair, Albert, Alex, Alexander, Alexandra, Alfie, Ali, Alice, Alison, Amanda, Amelia,
    Amina, Amir, Amit, Amy, Andrea, Andrew, Andrzej, Andy, Angela, Anita, Ann, Anna, Anne, Annie,
    Anthony, Antonio, Anwen, Archie, Arthur, Asif, Ava, Ayesha, Barbara, Barry, Beata, Becky, Ben,
    Benjamin, Bernadette, Bernard, Beth, Bethan, Betty, Beverley, Billy, Blessing, Brenda, Brendan,
    Brian, Bronwen, Bryn, Callum, Carl, Carol, Caroline, Catherine, Cathy, Ceri, Charlene, Charles,
    Charlie, Charlotte, Chloe, Chris, Christina, Christine, Christopher, Ciara, Claire, Clare, Colin,
    Connor, Craig, Cynthia, Dafydd, Daniel, Danielle, Danny, Darren, Dave, David, Dawid, Debbie,
    Deborah, Declan, Denise, Dennis, Derek, Diane, Dilys, Dominic, Donald, Donna, Dorothy, Douglas,
    Duncan, Dylan, Edward, Eileen, Elaine, Eleanor, Elijah, Elizabeth, Ella, Ellen, Ellie, Elsie, Emily,
    Emma, Emmanuel, Eric, Erin, Esther, Ethan, Eva, Evelyn, Ewa, Farah, Fatima, Femi, Fergus, Fiona,
    Florence, Frances, Francis, Fred, Freddie, Freya, Gareth, Gary, Gavin, Gemma, Geoff, Geoffrey,
    George, Georgia, Gerald, Geraint, Gillian, Gordon, Graham, Grzegorz, Gwen, Hamza, Hannah, Harold,
    Harriet, Harry, Hassan, Hayley, Hazel, Helen, Henry, Howard, Hugh, Hussein, Ian, Ibrahim, Imran,
    Ioan, Irene, Isaac, Isabella, Isla, Ismail, Jackie, Jacob, Jacqueline, James, Jamie, Jan, Jane,
    Janet, Janice, Jason, Jayne, Jennifer, Jenny, Jeremy, Jerome, Jess, Jessica, Jim, Jimmy, Jo, Joan,
    Joanna, Joanne, Joe, John, Johnny, Jonathan, Jordan, Joseph, Josh, Joshua, Joyce, Jude, Judith,
    Julia, Julian, Julie, Kamal, Karen, Karl, Kasia, Kate, Katherine, Kathleen, Katie, Kayleigh, Keith,
    Kelly, Ken, Kenneth, Kerry, Kevin, Khalid, Kieran, Kim, Kirsty, Kofi, Krzysztof, Kwame, Kyle, Laura,
    Lauren, Lawrence, Leah, Leanne, Lena, Leo, Leon, Leroy, Lesley, Lewis, Liam, Linda, Lindsay, Lisa,
    Liz, Lloyd, Lorraine, Louis, Louise, Luca, Lucy, Luke, Lynn, Lynne, Maggie, Magda, Malcolm, Mandy,
    Marcus, Margaret, Maria, Marian, Marie, Marilyn, Mario, Marion, Marjorie, Martin, Mary, Mateusz,
    Matt, Matthew, Maureen, Max, Maxine, Megan, Mehmet, Melanie, Melissa, Mia, Michael, Michelle, Mick,
    Mike, Mohamed, Mohammad, Mohammed, Moira, Mollie, Molly, Monica, Muhammad, Musa, Mustafa, Nadia,
    Naomi, Natalie, Natasha, Nathan, Neil, Ngozi, Nia, Nicholas, Nick, Nicola, Nigel, Noah, Noel, Nora,
    Norma, Norman, Oliver, Olivia, Olu, Omar, Oscar, Osman, Owain, Owen, Pamela, Parveen, Patricia,
    Patrick, Paul, Paula, Pauline, Pawel, Pedro, Peter, Phil, Philip, Philippa, Phoebe, Phyllis, Piotr,
    Priya, Rachel, Raj, Rajesh, Ralph, Ravi, Raymond, Rebecca, Reece, Rhian, Rhiannon, Rhys, Richard,
    Ricky, Rita, Robbie, Robert, Roger, Roisin, Ronald, Ronnie, Rory, Roy, Russell, Ruth, Ryan, Saira,
    Sally, Sam, Samantha, Samuel, Sandra, Sanjay, Sara, Sarah, Scott, Sean, Sebastian, Selina, Shabana,
    Shamima, Shane, Shannon, Sharon, Shaun, Sheila, Shelley, Shirley, Sian, Simon, Siobhan, Sofia,
    Sonia, Sophia, Sophie, Stacey, Stanley, Stella, Stephanie, Stephen, Steve, Steven, Stewart, Stuart,
    Sunita, Susan, Suzanne, Sylvia, Tanya, Tariq, Ted, Teresa, Terry, Theo, Theresa, Thomas, Tim,
    Timothy, Tina, Toby, Tom, Tomasz, Tommy, Tony, Tracey, Tracy, Trevor, Tunde, Valerie, Vanessa, Vera,
    Veronica, Victor, Victoria, Vikram, Vincent, Wayne, Wendy, William, Winston, Yasmin, Yusuf, Yvonne,
    Zac, Zainab, Zara, Zeinab, Zoe, Zofia
    """
)

# Short forms by full name: a consent record says Elizabeth, the recording says Liz.
SHORT_FORMS: dict[str, tuple[str, ...]] = {
    "alexander": ("alex", "sandy"),
    "alexandra": ("alex", "sandra"),
    "andrew": ("andy", "drew"),
    "anthony": ("tony", "ant"),
    "barbara": ("barb", "babs"),
    "benjamin": ("ben", "benny"),
    "catherine": ("cath", "cathy", "kate", "katie"),
    "charles": ("charlie", "chas"),
    "charlotte": ("charlie", "lottie"),
    "christine": ("chris", "chrissie"),
    "christopher": ("chris", "kit"),
    "daniel": ("dan", "danny"),
    "david": ("dave", "davey", "dai"),
    "deborah": ("deb", "debbie"),
    "edward": ("ed", "eddie", "ted", "teddy"),
    "elizabeth": ("liz", "lizzie", "beth", "betty", "eliza"),
    "frederick": ("fred", "freddie"),
    "gregory": ("greg",),
    "henry": ("harry",),
    "jacqueline": ("jackie",),
    "james": ("jim", "jimmy", "jamie"),
    "jennifer": ("jen", "jenny"),
    "jessica": ("jess", "jessie"),
    "john": ("johnny", "jack"),
    "jonathan": ("jon", "jonny"),
    "joseph": ("joe", "joey"),
    "joshua": ("josh",),
    "katherine": ("kath", "kathy", "kate", "katie"),
    "kenneth": ("ken", "kenny"),
    "lawrence": ("larry", "laurie"),
    "margaret": ("maggie", "meg", "peggy", "marge"),
    "matthew": ("matt", "matty"),
    "michael": ("mike", "mick", "mickey"),
    "mohammed": ("mo", "mohamed", "muhammad", "mohammad"),
    "nicholas": ("nick", "nicky"),
    "nicola": ("nicky", "nic"),
    "patricia": ("pat", "trish", "tricia"),
    "patrick": ("pat", "paddy"),
    "peter": ("pete",),
    "philip": ("phil",),
    "rebecca": ("becky", "bex", "becca"),
    "richard": ("rick", "ricky", "dick", "rich"),
    "robert": ("rob", "robbie", "bob", "bobby", "bert"),
    "ronald": ("ron", "ronnie"),
    "samantha": ("sam", "sammy"),
    "samuel": ("sam", "sammy"),
    "stephanie": ("steph",),
    "stephen": ("steve",),
    "steven": ("steve",),
    "susan": ("sue", "susie"),
    "theresa": ("terry", "tess"),
    "thomas": ("tom", "tommy"),
    "timothy": ("tim", "timmy"),
    "victoria": ("vicky", "tori"),
    "william": ("will", "bill", "billy", "willie"),
}

# Cities, larger towns, counties and some well-known districts of the United Kingdom and Ireland.
PLACES = _words(
    """
    Aberdeen, Aberystwyth, Accrington, Aldershot, Altrincham, Andover, Anglesey, Antrim, Armagh,
    Ashford, Ashton, Aylesbury, Ayr, Bangor, Barking, Barnet, Barnsley, Barnstaple, Barrow, Barry,
    Basildon, Basingstoke, Batley, Bedford, Bedfordshire, Belfast, Berkshire, Berwick, Bethnal Green,
    Beverley, Bexley, Birkenhead, Birmingham, Blackburn, Blackpool, Blyth, Bolton, Bootle, Bournemouth,
    Bracknell, Bradford, Braintree, Brent, Brentwood, Bridgend, Bridgwater, Brighton, Bristol, Brixton,
    Bromley, Bromsgrove, Buckinghamshire, Burnley, Burton, Bute, Buxton, Caernarfon, Caerphilly,
    Camberley, Camberwell, Cambridge, Cambridgeshire, Camden, Cannock, Canterbury, Cardiff, Carlisle,
    Carmarthen, Castleford, Chatham, Chelmsford, Cheltenham, Cheshire, Chester, Chesterfield,
    Chichester, Chippenham, Chorley, Clacton, Cleethorpes, Colchester, Consett, Corby, Cork, Cornwall,
    Coventry, Crawley, Crewe, Croydon, Cumbria, Cwmbran, Dagenham, Darlington, Dartford, Derby,
    Derbyshire, Derry, Devon, Dewsbury, Doncaster, Dorchester, Dorset, Dover, Dublin, Dudley, Dumfries,
    Dundee, Dunfermline, Durham, Ealing, Eastbourne, Eastleigh, East Ham, Edinburgh, Enfield, Epsom,
    Essex, Exeter, Falkirk, Falmouth, Fareham, Farnborough, Felixstowe, Fife, Folkestone, Galway,
    Gateshead, Gillingham, Glasgow, Glossop, Gloucester, Gloucestershire, Gosport, Grantham, Gravesend,
    Greenock, Greenwich, Grimsby, Guernsey, Guildford, Gwynedd, Hackney, Halesowen, Halifax, Hampshire,
    Harlow, Harrogate, Harrow, Hartlepool, Harwich, Hastings, Havering, Hemel Hempstead, Hereford,
    Herefordshire, Hertford, Hertfordshire, High Wycombe, Hillingdon, Hinckley, Hitchin, Hounslow,
    Huddersfield, Huntingdon, Ilford, Inverness, Ipswich, Isle of Man, Isle of Wight, Islington, Jersey,
    Keighley, Kendal, Kent, Kettering, Kidderminster, Kilburn, Kilmarnock, Kings Lynn, King's Lynn,
    Kirkcaldy, Lambeth, Lanarkshire, Lancashire, Lancaster, Leeds, Leicester, Leicestershire,
    Letchworth, Lewes, Lewisham, Lichfield, Limerick, Lincoln, Lincolnshire, Lisburn, Liverpool,
    Livingston, Llandudno, Llanelli, London, Londonderry, Loughborough, Lowestoft, Luton, Macclesfield,
    Maidenhead, Maidstone, Manchester, Mansfield, Margate, Matlock, Melton Mowbray, Merseyside, Merthyr,
    Merthyr Tydfil, Middlesbrough, Milton Keynes, Morecambe, Morpeth, Motherwell, Neath, Newark,
    Newbury, Newcastle, Newham, Newmarket, Newport, Newquay, Newry, Norfolk, Northallerton, Northampton,
    Northamptonshire, Northumberland, Norwich, Nottingham, Nottinghamshire, Nuneaton, Oldham, Omagh,
    Oxford, Oxfordshire, Paignton, Paisley, Peckham, Pembroke, Penrith, Penzance, Perth, Peterborough,
    Plymouth, Pontefract, Pontypridd, Portsmouth, Powys, Preston, Ramsgate, Reading, Redcar, Redditch,
    Redhill, Reigate, Rhondda, Rhyl, Ripon, Rochdale, Rochester, Rotherham, Runcorn, Salford, Salisbury,
    Sandwell, Scarborough, Scunthorpe, Sefton, Selby, Sevenoaks, Sheffield, Shetland, Shrewsbury,
    Shropshire, Skegness, Skelmersdale, Skye, Sligo, Slough, Solihull, Somerset, Southampton, Southend,
    Southport, Southwark, Stafford, Staffordshire, Staines, Stevenage, Stirling, Stockport, Stockton,
    Stoke, Stoke-on-Trent, Stornoway, Stourbridge, Stratford, Streatham, Stroud, Suffolk, Sunderland,
    Surrey, Sussex, Sutton, Swansea, Swindon, Tamworth, Taunton, Teesside, Telford, Thanet, Tiverton,
    Torbay, Torquay, Tottenham, Tower Hamlets, Toxteth, Truro, Tunbridge Wells, Tyneside, Ulster,
    Wakefield, Wallasey, Walsall, Waltham Forest, Walthamstow, Wandsworth, Warrington, Warwick,
    Warwickshire, Waterford, Watford, Wellingborough, Welwyn, West Bromwich, Weston, Weston-super-Mare,
    Wexford, Weymouth, Whitby, Whitehaven, Whitstable, Widnes, Wigan, Wiltshire, Winchester, Windsor,
    Wirral, Wisbech, Woking, Wokingham, Wolverhampton, Woolwich, Worcester, Worcestershire, Workington,
    Worksop, Worthing, Wrexham, Yarmouth, Yeovil, York, Yorkshire, Ynys Mon
    """
)

# The word that says what a place or body is, and what to write in its stead.
BODIES: dict[str, str] = {
    "hospital": "a hospital",
    "infirmary": "a hospital",
    "hospice": "a hospice",
    "surgery": "a surgery",
    "clinic": "a clinic",
    "school": "a school",
    "academy": "a school",
    "college": "a college",
    "university": "a university",
    "prison": "a prison",
    "hmp": "a prison",
    "hostel": "a hostel",
    "shelter": "a shelter",
    "refuge": "a refuge",
    "foodbank": "a food bank",
    "church": "a church",
    "chapel": "a church",
    "mosque": "a mosque",
    "temple": "a temple",
    "gurdwara": "a gurdwara",
    "synagogue": "a synagogue",
    "council": "a council",
    "borough": "a council",
    "charity": "a charity",
    "trust": "a trust",
    "foundation": "a charity",
    "association": "an association",
    "housing": "a housing association",
    "homes": "a housing association",
    "centre": "a centre",
    "library": "a library",
    "court": "a court",
    "police": "the police",
    "ltd": "a company",
    "limited": "a company",
    "plc": "a company",
    "pub": "a pub",
    "inn": "a pub",
    "arms": "a pub",
    "club": "a club",
    "house": "a house",
    "lodge": "a house",
    "project": "a project",
}

ROLES = _words(
    """
    mother, father, mum, mam, dad, stepmum, stepdad, stepmother, stepfather, sister, brother,
    stepsister, stepbrother, half-sister, half-brother, son, daughter, stepson, stepdaughter, child,
    kid, baby, boy, girl, wife, husband, partner, boyfriend, girlfriend, fiancé, fiancée, ex, ex-wife,
    ex-husband, ex-partner, gran, grandma, grandmother, nan, grandad, grandfather, grandson,
    granddaughter, grandchild, aunt, auntie, uncle, cousin, niece, nephew, friend, mate, best friend,
    best mate, neighbour, flatmate, housemate, landlord, landlady, boss, manager, colleague, coach,
    keyworker, key worker, support worker, social worker, housing officer, probation officer, work
    coach, counsellor, therapist, doctor, nurse, teacher, solicitor, volunteer, mentor, carer, sponsor,
    worker, psychiatrist, dog, cat
    """
)
