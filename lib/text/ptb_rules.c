/* The rules that the Stanford tokeniser of CoreNLP 3.4.1 (2014) shows, written down anew and checked against it. Order matters
 * among rows that match equally long. Where the two differ only in what is dropped afterwards, one row stands for several: a dot
 * split off an abbreviation is a token that the evaluation drops. */
#include "text/ptb_rules.h"

#define BLANKS "\\t \\u00A0\\u2000-\\u200A\\u3000"
#define LINE_ENDS "\\n\\r\\u000B\\u000C\\u0085\\u2028\\u2029"

/* Marks of other scripts that stand inside words, though they are no letters by themselves. */
#define WORD_MARKS                                                                                 \
    "\\u00AD\\u0237-\\u024F\\u02C2-\\u02C5\\u02D2-\\u02DF\\u02E5-"                                 \
    "\\u037D\\u0384\\u0385\\u03CF\\u03F6\\u03FC-\\u03FF"                                           \
    "\\u0483-\\u0487\\u04CF\\u04F6-\\u04FF\\u0510-\\u0525\\u055A-\\u055F\\u0591-"                  \
    "\\u05BD\\u05BF\\u05C1\\u05C2\\u05C4\\u05C5"                                                   \
    "\\u05C7\\u0615-\\u061A\\u063B-\\u063F\\u064B-\\u065E\\u0670\\u06D6-\\u06EF\\u06FA-"           \
    "\\u06FF\\u070F\\u0711\\u0730-\\u077F"                                                         \
    "\\u07A6-\\u07B1\\u07CA-\\u07F5\\u07FA\\u0900-\\u0903\\u093C\\u093E-\\u094E\\u0951-"           \
    "\\u0955\\u0962-\\u0963\\u0981-\\u0983"                                                        \
    "\\u09BC-\\u09C4\\u09C7\\u09C8\\u09CB-\\u09CD\\u09D7\\u09E2\\u09E3\\u0A01-"                    \
    "\\u0A03\\u0A3C\\u0A3E-\\u0A4F\\u0A81-\\u0A83"                                                 \
    "\\u0ABC-\\u0ACF\\u0B82\\u0BBE-\\u0BC2\\u0BC6-\\u0BC8\\u0BCA-\\u0BCD\\u0C01-\\u0C03\\u0C3E-"   \
    "\\u0C56\\u0D3E-\\u0D44"                                                                       \
    "\\u0D46-\\u0D48\\u0E30-\\u0E3A\\u0E47-\\u0E4E\\u0EB1-\\u0EBC\\u0EC8-\\u0ECD"

/* Signs that are tokens by themselves. */
#define SYMBOLS                                                                                    \
    "+%&~\\^|\\\\\\u00A6\\u00A7\\u00A8\\u00A9\\u00AC\\u00AE-"                                      \
    "\\u00BA\\u00D7\\u00F7\\u0387\\u05BE\\u05C0\\u05C3\\u05C6\\u05F3\\u05F4"                       \
    "\\u0600-\\u0603\\u0606-\\u060A\\u060C\\u0614\\u061B\\u061E\\u066A\\u066D\\u0703-"             \
    "\\u070D\\u07F6-\\u07F8\\u0964\\u0965\\u0E4F"                                                  \
    "\\u1FBD\\u2016\\u2017\\u2020-\\u2025\\u2030-\\u2038\\u203B\\u203C\\u203E-"                    \
    "\\u2042\\u2044\\u207A-\\u207F\\u208A-\\u208E"                                                 \
    "\\u2100-\\u214F\\u2190-\\u2BFF\\u3001-\\u3006\\u3008-\\u3020\\u30FB\\uFF01-\\uFF0F\\uFF1A-"   \
    "\\uFF20\\uFF3B-\\uFF40\\uFF5B-\\uFF65"

const idc_lexer_name idc_ptb_names[] = {
    {"space", "[" BLANKS "]"},
    {"gap", "[" BLANKS LINE_ENDS "]"},
    {"entity_letter", "&[aeiouAEIOU](acute|grave|uml);"},
    {"letter", "[\\L" WORD_MARKS "]|{entity_letter}"},
    {"alnum", "[\\L\\D]"},
    {"word", "({letter})({letter}|\\D)*([.!?]({letter})({letter}|\\D)*)*"},
    {"apostrophe", "['\\u0092\\u2019]|&apos;"},
    {"any_apostrophe", "['\\u0092\\u2019\\u0091\\u2018\\u201B]|&apos;"},
    {"number", "\\D+|\\D*([.:,\\u00AD\\u066B\\u066C]\\D+)+"},
    {"hyphen", "[\\-_\\u058A\\u2010\\u2011]"},
    {"borrowed", "([dDoOlL]({any_apostrophe}){alnum})?"},
    {"joined", "{borrowed}{alnum}+({hyphen}{borrowed}{alnum}+)*"},
    {"capitals", "[A-Z]+(([+&]|&amp;)[A-Z]+)+"},
    {"slashed", "{alnum}+(-\\L+){0,2}(\\\\?/{alnum}+(-\\L+){0,2}){1,2}"},
    {"acronym2", "[A-Za-z](\\.[A-Za-z])+|(Canada|Sino|Korean|EU|Japan|non)-U\\.S|U\\.S\\.-(U\\.K|"
                 "U\\.S\\.S\\.R)"},
    {"acronym", "[A-Za-z]|{acronym2}"},
    {"hyphenated", "{alnum}[\\L\\D.,\\u00AD]*(-([\\L\\D\\u00AD]+|({acronym2})\\.))+"},
    {"auxiliary", "({apostrophe})([msdMSD]|re|ve|ll)"},
    {"negation", "n({any_apostrophe})t"},
    /* words that end, begin or go on with an apostrophe */
    {"elided", "({apostrophe})n({apostrophe})?|[lLdDjJ]({apostrophe})|Dunkin({apostrophe})|"
               "somethin({apostrophe})|ol({apostrophe})|"
               "({apostrophe})em|[A-HJ-XZn]({any_apostrophe})\\L\\L+|({apostrophe})[2-9]0s|({"
               "apostrophe})till?|"
               "\\L+[aeiouyAEIOUY]({any_apostrophe})[aeiouA-Z]\\L*|({apostrophe})cause|cont'd\\.?|"
               "nor'easter|c'mon|e'er|s'mores|"
               "ev'ry|li'l|nat'l|O({any_apostrophe})o"},
    {"url", "https?://[^ \\t\\n\\u000C\\r\"<>|()]+[^ \\t\\n\\u000C\\r\"<>|.!?(){},\\-]"},
    {"site",
     "((www\\.([^ \\t\\n\\u000C\\r\"<>|.!?(){},]+\\.)+[a-zA-Z]{2,4})|(([^ "
     "\\t\\n\\u000C\\r\"`'<>|.!?(){}, -_$]+\\.)+"
     "(com|net|org|edu)))(/[^ \\t\\n\\u000C\\r\"<>|()]+[^ \\t\\n\\u000C\\r\"<>|.!?(){},\\-])?"},
    {"mail", "(&lt;|<)?[a-zA-Z0-9][^ \\t\\n\\u000C\\r\"<>|()\\u00A0{}]*@([^ "
             "\\t\\n\\u000C\\r\"<>|(){}.\\u00A0]+\\.)*"
             "[^ \\t\\n\\u000C\\r\"<>|(){}.\\u00A0]+(&gt;|>)?"},
    {"tag_name", "[A-Za-z][A-Za-z0-9_:.\\-]*"},
    {"tag", "<([!?][A-Za-z\\-][^>\\n\\r]*|{tag_name}( +({tag_name}|{tag_name} *= "
            "*('[^'\\n\\r]*'|\"[^\"\\n\\r]*\")))* */?|"
            "/{tag_name}) *>"},
    {"file", "{alnum}+(\\.{alnum}+)*\\.(bat|bmp|c|class|cgi|cpp|dll|docx?|exe|gif|gz|h|html?|jar|"
             "java|jpe?g|"
             "mov|mp3|pdf|php|pl|"
             "png|ppt|ps|py|sql|tar|txt|wav|x|xml|zip)"},
    {"months", "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"},
    {"days", "Mon|Tues?|Wed|Thu|Thurs|Fri"},
    {"states", "Ala|Ariz|[A]z|[A]rk|Calif|Colo|Conn|Ct|Dak|[D]el|Fla|Ga|[I]ll|Ind|Kans?|Ky|[L]a|[M]"
               "ass|Md|Mich|Minn|[M]iss|Mo|Mont|"
               "Neb|Nev|Okla|[O]re|[P]a|Penn|Tenn|[T]ex|Va|Vt|[W]ash|Wisc?|Wyo"},
    {"firms", "Inc|Cos?|Corp|Pp?t[ye]s?|Ltd|Plc|Rt|Bancorp|Bhd|Assn|Univ|Intl|Sys|Invt|Elec|Natl|M["
              "ft]g|Dept|Blvd|Rd|Ave"},
    {"people", "Mrs?|Ms|[M]iss|Drs?|Profs?|Sens?|Reps?|Attys?|Lt|Col|Gen|Messrs|Govs?|Adm|Rev|Maj|"
               "Sgt|Cpl|Pvt|Capt|Ste?|Ave|Pres|"
               "Lieut|Hon|Brig|Co?mdr|Pfc|Spc|Supts?|Det|Mt|Ft|Adj|Adv|Asst|Assoc|Ens|Insp|Mlle|"
               "Mme|Msgr|Sfc|Jr|Sr|Bros|"
               "(Ed|Ph)\\.D|Esq"},
    {"various", "tel|est|ext|sq|etc|al|seq|Bldg|vs|Alex|Wm|Jos|Cie|a\\.k\\.a|cf|TREAS|Ph"},
    {"before_numbers", "ca|figs?|prop|nos?|art|bldg|pp|op"},
    {"before_a_blank", "Mrs?|Ms|[M]iss|Drs?|Profs?|Sens?|Reps?|Attys?|Lt|Col|Gen|Messrs|Govs?|Adm|"
                       "Rev|Maj|Sgt|Cpl|Pvt|Capt|Ste?|Ave|vs|Alex"},
    {"openers",
     "[A]bout|[A]ccording|[A]dditionally|[A]fter|[A]n|[A]|[A]s|[A]t|[B]ut|[E]arlier|[H]e|[H]er|[H]"
     "ere|[H]owever|[I]f|[I]n|"
     "[I]t|[L]ast|[M]any|[M]ore|[M]r\\.|[M]s\\.|[N]ow|[O]nce|[O]ne|[O]ther|[O]ur|[S]he|[S]ince|[S]"
     "o|[S]ome|[S]uch|[T]hat|"
     "[T]he|[T]heir|[T]hen|[T]here|[T]hese|[T]hey|[T]his|[W]e|[W]hen|[W]hile|[W]hat|[Y]et|[Y]ou"},
    {"phone", "(\\([0-9]{2,3}\\)[ \\u00A0]?|(\\+\\+?)?([0-9]{2,4}[\\- \\u00A0])?[0-9]{2,4}[\\- "
              "\\u00A0])[0-9]{3,4}[\\- \\u00A0]?[0-9]{3,5}|"
              "((\\+\\+?)?[0-9]{2,4}\\.)?[0-9]{2,4}\\.[0-9]{3,4}\\.[0-9]{3,5}"},
    {"smiley", "[<>]?[:;=][\\-o*']?[\\(\\)DPdpO\\\\{@|\\[\\]]"},
    {"face", "[\\^x=~<>]\\.\\[\\^x=~<>\\]|[\\-\\^x=~<>']_[\\-\\^x=~<>']|\\([\\-\\^x=~<>'][_.]?[\\-"
             "\\^x=~<>']\\)|"
             "\\([\\^x=~<>']-[\\^x=~<>'`]\\)"},
    {NULL, NULL}};

const idc_lexer_rule idc_ptb_rules[] = {
    {"c[+][+]|(c|f)#", NULL, IDC_PTB_KEEP},
    {"cannot|'twas", NULL, IDC_PTB_SPLIT_3},
    {"({apostrophe})tis|gonna|gotta|lemme|gimme|wanna", NULL, IDC_PTB_SPLIT_2},
    {"{tag}", NULL, IDC_PTB_KEEP},
    {"&(MD|mdash|ndash);|[\\u0096\\u0097\\u2013\\u2014\\u2015]", NULL, IDC_PTB_DROP},
    {"&amp;", NULL, IDC_PTB_KEEP},
    {"&(HT|TL|UR|LR|QC|QL|QR|odq|cdq|#[0-9]+);", NULL, IDC_PTB_KEEP},
    {"{word}", "{auxiliary}", IDC_PTB_KEEP},
    {"[\\L\\u00AD]*[A-MO-Za-mo-z]\\u00AD*", "{negation}", IDC_PTB_KEEP},
    {"{word}", NULL, IDC_PTB_KEEP},
    {"{elided}", NULL, IDC_PTB_KEEP},
    {"y({apostrophe})", "\\L", IDC_PTB_KEEP},
    {"{url}", NULL, IDC_PTB_KEEP},
    {"{site}", NULL, IDC_PTB_KEEP},
    {"{mail}", NULL, IDC_PTB_KEEP},
    {"@[a-zA-Z_][a-zA-Z_0-9]*|#({letter})+", NULL, IDC_PTB_KEEP},
    {"{auxiliary}", "[^\\L]", IDC_PTB_QUOTED},
    {"{negation}", "[^\\L]", IDC_PTB_QUOTED},
    {"\\D{1,2}[\\-/]\\D{1,2}[\\-/]\\D{2,4}", NULL, IDC_PTB_KEEP},
    {"[\\-+]?({number})", NULL, IDC_PTB_KEEP},
    {"[\\u207A\\u207B\\u208A\\u208B]?([\\u2070\\u00B9\\u00B2\\u00B3\\u2074-\\u2079]+|[\\u2080-"
     "\\u2089]+)",
     NULL, IDC_PTB_KEEP},
    {"(\\D{1,4}[\\- \\u00A0])?\\D{1,4}(\\\\?/|\\u2044)\\D{1,4}", NULL, IDC_PTB_KEEP},
    {"[\\u00BC\\u00BD\\u00BE\\u2153-\\u215E]", NULL, IDC_PTB_OPENED},
    {"-(RRB|LRB|RCB|LCB|RSB|LSB)-|C\\.D\\.s|pro-|anti-|S(&|&amp;)P-500|S(&|&amp;)Ls|Cap({"
     "apostrophe})n|c({apostrophe})est",
     NULL, IDC_PTB_KEEP},
    {"{slashed}", NULL, IDC_PTB_KEEP},
    {"[A-Z]*\\$|#", NULL, IDC_PTB_KEEP},
    {"[\\u00A2\\u00A3\\u00A4\\u00A5\\u0080\\u20A0\\u20AC\\u060B\\u0E3F\\u20A4\\uFFE0\\uFFE1\\uFFE5"
     "\\uFFE6]",
     NULL, IDC_PTB_OPENED},
    {"({acronym})\\.", "{gap}+({openers})({gap}|[?!])", IDC_PTB_INITIAL},
    {"({before_numbers})\\.", "{gap}?\\D", IDC_PTB_KEEP},
    {"(pt[eyEY]|co)\\.", "{space}(ltd|lim)", IDC_PTB_KEEP},
    {"({months}|{days}|{states}|{firms}|{people}|{various}|{acronym})\\.", NULL, IDC_PTB_KEEP},
    {"{before_a_blank}", "{space}", IDC_PTB_KEEP},
    {"{acronym}", "{gap}", IDC_PTB_KEEP},
    {"({apostrophe})[0-9][0-9]", "{gap}", IDC_PTB_KEEP},
    {"{file}", "{gap}|[.?!,]", IDC_PTB_KEEP},
    {"({word})\\.", "[,;:\\u3001]", IDC_PTB_KEEP},
    {"{phone}", NULL, IDC_PTB_KEEP},
    {"\"|&quot;", NULL, IDC_PTB_DROP},
    {"<|&lt;", NULL, IDC_PTB_KEEP},
    {">|&gt;", NULL, IDC_PTB_KEEP},
    {"{smiley}", "[^\\L\\D]", IDC_PTB_KEEP},
    {"{face}", NULL, IDC_PTB_KEEP},
    {"[\\{\\}\\[\\]\\(\\)]", NULL, IDC_PTB_OPENED},
    {"-+", NULL, IDC_PTB_HYPHENS},
    {"\\.{3,5}|(\\.[ \\u00A0]){2,4}\\.|[\\u0085\\u2026]", NULL, IDC_PTB_ELLIPSIS},
    {"@+|#+|_+", NULL, IDC_PTB_KEEP},
    {"\\*+|(\\\\\\*){1,3}", NULL, IDC_PTB_KEEP},
    {"[,;:\\u3001]", NULL, IDC_PTB_KEEP},
    {"[?!]+", NULL, IDC_PTB_KEEP},
    {"[.\\u00A1\\u00BF\\u037E\\u0589\\u061F\\u06D4\\u0700-\\u0702\\u07FA\\u3002]", NULL,
     IDC_PTB_KEEP},
    {"=", NULL, IDC_PTB_KEEP},
    {"/", NULL, IDC_PTB_KEEP},
    {"({hyphenated})\\.", "[,;:\\u3001]", IDC_PTB_KEEP},
    {"{hyphenated}", NULL, IDC_PTB_KEEP},
    {"({joined})\\.", "[,;:\\u3001]", IDC_PTB_KEEP},
    {"{joined}", NULL, IDC_PTB_KEEP},
    {"({capitals})\\.", "[,;:\\u3001]", IDC_PTB_KEEP},
    {"{capitals}", NULL, IDC_PTB_KEEP},
    {"'", "[A-Za-z][^ \\t\\n\\r\\u00A0]", IDC_PTB_DROP},
    {"{auxiliary}", NULL, IDC_PTB_QUOTED},
    {"({apostrophe})|''|[`\\u2018-\\u201F\\u0091-\\u0094\\u2039\\u203A\\u00AB\\u00BB]{1,2}", NULL,
     IDC_PTB_KEEP},
    {"<<|>>", NULL, IDC_PTB_KEEP},
    {"[" SYMBOLS "]", NULL, IDC_PTB_KEEP},
    {"[" BLANKS LINE_ENDS "\\u0000\\u007F\\u200B\\u200E\\u200F\\uFEFF]+|&nbsp;", NULL,
     IDC_PTB_DROP},
    {NULL, NULL, 0}};
