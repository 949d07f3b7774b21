/* vehicle_tables.c: see vehicle_tables.h. One row a meaning; adding a word is adding it to its row. Data only; any thread. */
#include "core/vehicle_tables.h"

#define TABLE(rows) { sizeof rows / sizeof rows[0], rows }

/* Two-letter codes that name two places (NL: Newfoundland and Nuevo León; NB: New Brunswick and NCIC's Nebraska; GU: Guam and Guanajuato; MX; MC; US)
 * stand only in the third column. */
static const struct hl_code_row states[] = {
	{ "us-al", "AL ALABAMA", NULL }, { "us-ak", "AK ALASKA", NULL }, { "us-az", "AZ ARIZONA", NULL }, { "us-ar", "AR ARKANSAS", NULL },
	{ "us-ca", "CA CALIFORNIA", NULL }, { "us-co", "CO COLORADO", NULL }, { "us-ct", "CT CONNECTICUT", NULL }, { "us-de", "DE DELAWARE", NULL },
	{ "us-dc", "DC DISTRICTOFCOLUMBIA WASHINGTONDC", NULL }, { "us-fl", "FL FLORIDA", NULL }, { "us-ga", "GA GEORGIA", NULL },
	{ "us-hi", "HI HAWAII", NULL }, { "us-id", "ID IDAHO", NULL }, { "us-il", "IL ILLINOIS", NULL }, { "us-in", "IN INDIANA", NULL },
	{ "us-ia", "IA IOWA", NULL }, { "us-ks", "KS KANSAS", NULL }, { "us-ky", "KY KENTUCKY", NULL }, { "us-la", "LA LOUISIANA", NULL },
	{ "us-me", "ME MAINE", NULL }, { "us-md", "MD MARYLAND", NULL }, { "us-ma", "MA MASSACHUSETTS", NULL }, { "us-mi", "MI MICHIGAN", NULL },
	{ "us-mn", "MN MINNESOTA", NULL }, { "us-ms", "MS MISSISSIPPI", NULL }, { "us-mo", "MO MISSOURI", NULL }, { "us-mt", "MT MONTANA", NULL },
	{ "us-ne", "NE NEBRASKA", "NB" }, { "us-nv", "NV NEVADA", NULL }, { "us-nh", "NH NEWHAMPSHIRE", NULL }, { "us-nj", "NJ NEWJERSEY", NULL },
	{ "us-nm", "NM NEWMEXICO", NULL }, { "us-ny", "NY NEWYORK", NULL }, { "us-nc", "NC NORTHCAROLINA", NULL },
	{ "us-nd", "ND NORTHDAKOTA", NULL }, { "us-oh", "OH OHIO", NULL }, { "us-ok", "OK OKLAHOMA", NULL }, { "us-or", "OR OREGON", NULL },
	{ "us-pa", "PA PENNSYLVANIA", NULL }, { "us-ri", "RI RHODEISLAND", NULL }, { "us-sc", "SC SOUTHCAROLINA", NULL },
	{ "us-sd", "SD SOUTHDAKOTA", NULL }, { "us-tn", "TN TENNESSEE", NULL }, { "us-tx", "TX TEXAS", NULL }, { "us-ut", "UT UTAH", NULL },
	{ "us-vt", "VT VERMONT", NULL }, { "us-va", "VA VIRGINIA", NULL }, { "us-wa", "WA WASHINGTON WASHINGTONSTATE", NULL },
	{ "us-wv", "WV WESTVIRGINIA", NULL }, { "us-wi", "WI WISCONSIN", NULL }, { "us-wy", "WY WYOMING", NULL },
	{ "us-as", "AS AMERICANSAMOA", "AM" }, { "us-gu", "GM GUAM", "GU" }, { "us-mp", "MP NORTHERNMARIANAISLANDS NORTHERNMARIANAS", NULL },
	{ "us-pr", "PR PUERTORICO", NULL }, { "us-vi", "VI VIRGINISLANDS USVIRGINISLANDS", NULL },
	{ "ca-ab", "AB ALBERTA", NULL }, { "ca-bc", "BC BRITISHCOLUMBIA", NULL }, { "ca-mb", "MB MANITOBA", NULL },
	{ "ca-nb", "NK NEWBRUNSWICK", "NB" }, { "ca-nl", "NF NEWFOUNDLAND NEWFOUNDLANDANDLABRADOR LABRADOR", "NL" },
	{ "ca-ns", "NS NOVASCOTIA", NULL }, { "ca-nt", "NT NORTHWESTTERRITORIES", NULL }, { "ca-nu", "NU NUNAVUT", "VN" },
	{ "ca-on", "ON ONTARIO", NULL }, { "ca-pe", "PE PRINCEEDWARDISLAND", NULL }, { "ca-qc", "QC PQ QUEBEC", NULL },
	{ "ca-sk", "SK SASKATCHEWAN", "SN" }, { "ca-yt", "YT YUKON YUKONTERRITORY", NULL },
	{ "mx-agu", "AG AGUASCALIENTES", NULL }, { "mx-bcn", "BA BAJACALIFORNIA BAJACALIFORNIANORTE", "BC BN" },
	{ "mx-bcs", "BJ BAJACALIFORNIASUR", "BS" }, { "mx-cam", "CE CAMPECHE", NULL }, { "mx-chp", "CI CHIAPAS", NULL },
	{ "mx-chh", "CH CHIHUAHUA", NULL }, { "mx-coa", "CU COAHUILA", NULL }, { "mx-col", "CL COLIMA", NULL },
	{ "mx-cmx", "DF CIUDADDEMEXICO MEXICOCITY DISTRITOFEDERAL", "CDMX DIF" }, { "mx-dur", "DO DURANGO", NULL },
	{ "mx-gua", "GUANAJUATO", "GU" }, { "mx-gro", "GR GUERRERO", NULL }, { "mx-hid", "HL HIDALGO", NULL }, { "mx-jal", "JL JALISCO", NULL },
	{ "mx-mex", "ESTADODEMEXICO", "MX EM" }, { "mx-mic", "MICHOACAN", "MC" }, { "mx-mor", "MR MORELOS", NULL }, { "mx-nay", "NA NAYARIT", NULL },
	{ "mx-nle", "NUEVOLEON", "NL" }, { "mx-oax", "OA OAXACA", NULL }, { "mx-pue", "PB PUEBLA", NULL }, { "mx-que", "QU QUERETARO", NULL },
	{ "mx-roo", "QR QUINTANAROO", NULL }, { "mx-slp", "SL SANLUISPOTOSI", NULL }, { "mx-sin", "SI SINALOA", NULL },
	{ "mx-son", "SO SONORA", NULL }, { "mx-tab", "TB TABASCO", NULL }, { "mx-tam", "TA TAMAULIPAS", NULL }, { "mx-tla", "TL TLAXCALA", NULL },
	{ "mx-ver", "VC VERACRUZ", NULL }, { "mx-yuc", "YU YUCATAN", NULL }, { "mx-zac", "ZA ZACATECAS", NULL },
};

/* Codes that are one thing as a body (VST) and another as a plate type (LIT), like DP (dump, diplomatic), are left out.
 * "passenger" is a plate type or a reader's "vehicle": any light vehicle. Trailers' and motorcycles' plates are told apart by LIT, bodies by VST. */
static const struct hl_code_row types[] = {
	{ "car",
	  "CAR SEDAN SEDANCOMPACT SEDANSTANDARD SEDANSPORTS SEDANCONVERTIBLE SEDANWAGON COUPE CONVERTIBLE HATCHBACK WAGON STATIONWAGON ROADSTER LIMOUSINE "
	  "SALOONCAR SALOON TAXI 2D 3D 4D 5D 2H 3H 4H 5H 2T 4T 2W 4W HB SD SDN SW CP CV LM RD RH HR", NULL },
	{ "passenger", "PC PASSENGER PASSENGERCAR VEHICLE AUTOMOBILE AUTO LIGHTVEHICLE", NULL },
	{ "truck",
	  "TRUCK PICKUP PICKUPTRUCK TRUCKSTANDARD BIGTRUCK LARGETRUCK HEAVYTRUCK LIGHTTRUCK TRACTORTRAILER SEMI SEMITRUCK LORRY TK PK PU PM DS FB TN TT WK", NULL },
	{ "van", "VAN MINIVAN VANMINI VANFULL CARGOVAN MINIBUSVAN VN VC PN", NULL },
	{ "suv", "SUV SUVCROSSOVER SUVSTANDARD SUVWAGON SUVMPV CROSSOVER SPORTUTILITY SPORTUTILITYVEHICLE LL UT", NULL },
	{ "motorcycle", "MOTORCYCLE MOTORBIKE MOTOBIKE MOPED SCOOTER TWOWHEELER MC MCY MD MK MB MS MOTORSCOOTER", NULL },
	{ "bus", "BUS COACH SCHOOLBUS LARGEBUS MINIBUS BU SB", NULL },
	{ "trailer", "TRAILER UTILITYTRAILER SEMITRAILER BOATTRAILER TL TM", NULL },
	{ "rv", "RV MOTORHOME MOTORIZEDHOME CAMPER RECREATIONALVEHICLE MH", NULL },
};

static const struct hl_code_row makes[] = {
	{ "ACUR", "ACUR ACURA", NULL }, { "ALFA", "ALFA ALFAROMEO", NULL }, { "AMER", "AMER AMERICANMOTORS AMC", NULL },
	{ "ASTO", "ASTO ASTONMARTIN", NULL }, { "AUDI", "AUDI", NULL }, { "BENT", "BENT BENTLEY", NULL }, { "BMW", "BMW", NULL },
	{ "BUIC", "BUIC BUICK", NULL }, { "CADI", "CADI CADILLAC", NULL }, { "CHEV", "CHEV CHEVROLET CHEVY CHEVROLETTRUCK", NULL },
	{ "CHRY", "CHRY CHRYSLER", NULL }, { "DAEW", "DAEW DAEWOO", NULL }, { "DATS", "DATS DATSUN", NULL },
	/* Ram was a Dodge until 2010 and lists and readers use either name. */
	{ "DODG", "DODG DODGE RAM DODGERAM RAMTRUCKS DODGETRUCK", NULL }, { "DUCA", "DUCA DUCATI", NULL }, { "EAGL", "EAGL EAGLE", NULL },
	{ "FERR", "FERR FERRARI", NULL }, { "FIAT", "FIAT", NULL }, { "FORD", "FORD FORDTRUCK", NULL }, { "FRHT", "FRHT FREIGHTLINER", NULL },
	{ "GENS", "GENS GENESIS", NULL }, { "GEO", "GEO", NULL }, { "GMC", "GMC GMCTRUCK GENERALMOTORS", NULL },
	{ "HD", "HD HARLEYDAVIDSON HARLEY", NULL }, { "HINO", "HINO", NULL }, { "HOND", "HOND HONDA", NULL }, { "HUMM", "HUMM HUMMER", NULL },
	{ "HYUN", "HYUN HYUNDAI", NULL }, { "INFI", "INFI INFINITI", NULL }, { "INTL", "INTL INTERNATIONAL INTERNATIONALHARVESTER NAVISTAR", NULL },
	{ "ISU", "ISU ISUZU", NULL }, { "JAGU", "JAGU JAGUAR", NULL }, { "JEEP", "JEEP", NULL }, { "KAWK", "KAWK KAWASAKI", NULL },
	{ "KIA", "KIA", NULL }, { "KW", "KW KENWORTH", NULL }, { "LAMO", "LAMO LAMBORGHINI", NULL }, { "LEXS", "LEXS LEXUS", NULL },
	{ "LINC", "LINC LINCOLN", NULL }, { "LNDR", "LNDR LANDROVER RANGEROVER ROVER", NULL }, { "LUCI", "LUCI LUCID", NULL },
	{ "MACK", "MACK", NULL }, { "MASE", "MASE MASERATI", NULL }, { "MAZD", "MAZD MAZDA", NULL }, { "MERC", "MERC MERCURY", NULL },
	{ "MERZ", "MERZ MERCEDESBENZ MERCEDES BENZ", NULL }, { "MITS", "MITS MITSUBISHI", NULL }, { "MNNI", "MNNI MINI MINICOOPER", NULL },
	{ "NISS", "NISS NISSAN", NULL }, { "OLDS", "OLDS OLDSMOBILE", NULL }, { "PLYM", "PLYM PLYMOUTH", NULL }, { "POLE", "POLE POLESTAR", NULL },
	{ "PONT", "PONT PONTIAC", NULL }, { "PORS", "PORS PORSCHE", NULL }, { "PTRB", "PTRB PETERBILT", NULL }, { "RIVI", "RIVI RIVIAN", NULL },
	{ "ROL", "ROL ROLLSROYCE", NULL }, { "SAA", "SAA SAAB", NULL }, { "SCIO", "SCIO SCION", NULL }, { "SMRT", "SMRT SMART", NULL },
	{ "STRN", "STRN SATURN", NULL }, { "SUBA", "SUBA SUBARU", NULL }, { "SUZI", "SUZI SUZUKI", NULL }, { "TESL", "TESL TESLA", NULL },
	{ "TOYT", "TOYT TOYOTA", NULL }, { "TRIU", "TRIU TRIUMPH", NULL }, { "VOLK", "VOLK VOLKSWAGEN VW", NULL }, { "VOLV", "VOLV VOLVO", NULL },
	{ "YAMA", "YAMA YAMAHA", NULL },
};

static const struct hl_code_row colors[] = {
	{ "AME", "AME AMETHYST", NULL }, { "BGE", "BGE BEIGE", NULL }, { "BLK", "BLK BLACK BK", NULL }, { "BLU", "BLU BLUE BL", NULL },
	{ "BRO", "BRO BROWN BRN BR", NULL }, { "BRZ", "BRZ BRONZE", NULL }, { "CAM", "CAM CAMOUFLAGE CAMO", NULL }, { "COM", "COM CHROME STAINLESSSTEEL", NULL },
	{ "CPR", "CPR COPPER", NULL }, { "CRM", "CRM CREAM IVORY", NULL }, { "DBL", "DBL DARKBLUE BLUEDARK NAVY", NULL },
	{ "DGR", "DGR DARKGREEN GREENDARK", NULL }, { "GLD", "GLD GOLD", NULL }, { "GRN", "GRN GREEN GN", NULL }, { "GRY", "GRY GRAY GREY GY", NULL },
	{ "LAV", "LAV LAVENDER", NULL }, { "LBL", "LBL LIGHTBLUE BLUELIGHT", NULL }, { "LGR", "LGR LIGHTGREEN GREENLIGHT", NULL },
	{ "MAR", "MAR MAROON BURGUNDY", NULL }, { "MVE", "MVE MAUVE", NULL }, { "ONG", "ONG ORANGE", NULL }, { "PLE", "PLE PURPLE VIOLET", NULL },
	{ "PNK", "PNK PINK", NULL }, { "RED", "RED RD", NULL }, { "SIL", "SIL SILVER ALUMINUM SILVERGRAY SILVERGREY GRAYSILVER", NULL }, { "TAN", "TAN", NULL },
	{ "TEA", "TEA TEAL", NULL }, { "TPE", "TPE TAUPE", NULL }, { "TRQ", "TRQ TURQUOISE", NULL }, { "WHI", "WHI WHITE WH", NULL },
	{ "YEL", "YEL YELLOW YL", NULL },
};

const struct hl_code_table hl_states = TABLE(states), hl_types = TABLE(types), hl_makes = TABLE(makes), hl_colors = TABLE(colors);
