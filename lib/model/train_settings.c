#include "model/train_settings.h"

#include <errno.h>
#include <ini.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/near.h"

const char *const idc_loss_names[IDC_LOSSES] = {
    "foreground", "centre",  "shape",      "size",  "color",  "material", "offset",
    "type",       "pointer", "attributes", "words", "change", "reward",   "mlm",
    "mvcl",       "fda",     "itm_a",      "itm_b", "itc",    "nabirds"};

#define S(field) offsetof(idc_train_settings, field)
#define W(loss) offsetof(idc_train_settings, weight) + (loss) * sizeof(double)
#define R(task) offsetof(idc_train_settings, ratio) + IDC_TASK_##task * sizeof(double)

/* clang-format off */
static const idc_train_setting table[] = {
    /* key                        where                 encoder   finetune  low     high   whole  paper  help */
    {"steps.count",               S(steps),             {4000,    2000},    1,      1e9,   1, "100000",  "steps of the whole run"},
    {"steps.warmup",              S(warmup),            {50,      100},     0,      1e9,   1, "0",       "steps over which the rate rises to lr"},
    {"steps.lr",                  S(lr),                {2e-3,    1e-3},    0,      10,    0, "3e-5",    "learning rate"},
    {"steps.final_lr",            S(final_lr),          {0.02,    0.02},    0,      1,     0, "0.25",    "share of lr at the end of the cosine"},
    {"steps.schedule",            S(schedule),          {0,       0},       0,      2,     1, "steps",   "how the rate falls: cosine, inverse_sqrt (of the step) or steps (halved)"},
    {"steps.halve_every",         S(halve_every),       {10000,   10000},   1,      1e9,   1, "10000",   "schedule steps: after so many steps"},
    {"steps.halvings",            S(halvings),          {2,       2},       0,      60,    1, "2",       "schedule steps: at most so often"},
    {"steps.seed",                S(seed),              {1,       1},       0,      9e15,  1, "1234",    "of everything that is drawn"},
    {"batch.size",                S(batch),             {16,      48},      1,      1024,  1, "200",     "pictures (encoder) or pairs (finetune) of a step"},
    {"batch.triples",             S(triples),           {16,      16},      1,      256,   1, "200",     "finetune: triples whose pairs make a batch; size <= 6 triples"},
    {"batch.none_share",          S(none_share),        {0.35,    0.35},    0,      1,     0, "0.5",     "share of pairs without a change"},
    {"batch.plain_share",         S(plain_share),       {1,       1},       0,      1,     0, "-",       "how often the first, plain sentence is taught; else one of the others"},
    {"batch.list_share",          S(list_share),        {0,       0.25},    0,      0.9,   0, "-",       "finetune: share of pairs from lists, when --data has one"},
    {"batch.backward",            S(backward),          {0,       1},       0,      1,     1, "0",       "from a store: pairs with labels and those without a change are taught backwards as well"},
    {"batch.single",              S(single),            {0,       0},       0,      1,     1, "0",       "pretrain, from a store: pictures with sentences of their own in place of pairs"},
    {"augment.crop",              S(crop),              {0.88,    0.88},    0.5,    1,     0, "1",       "smallest share of width and height that a crop keeps"},
    {"augment.mirror",            S(mirror),            {0,       0},       0,      1,     0, "0",       "share of mirrored triples (left and right change places)"},
    {"augment.gain",              S(gain),              {0.16,    0.16},    0,      0.9,   0, "0",       "contrast about 0.45 is multiplied by 1 +- this"},
    {"augment.channel_gain",      S(channel_gain),      {0.06,    0.06},    0,      0.9,   0, "0",       "and each channel's by 1 +- this"},
    {"augment.offset",            S(offset),            {0.025,   0.025},   0,      0.5,   0, "0",       "brightness is moved by +- this of full scale"},
    {"augment.noise",             S(noise),             {0.02,    0.02},    0,      0.5,   0, "0",       "Gaussian noise, deviation up to this of full scale"},
    {"augment.blur",              S(blur),              {0.1,     0.1},     0,      1,     0, "0",       "share of pictures smoothed a little"},
    {"augment.apart",             S(apart),             {1,       0.25},    0,      1,     0, "0",       "0: light changes alike for the pictures of a triple; 1: each for itself"},
    {"augment.together",          S(together),          {0,       0},       0,      1,     1, "0",       "the pictures of a pair keep the same part of the frame (1), or each its own (0)"},
    {"augment.mirror_sides",      S(mirror_sides),      {1,       1},       0,      1,     1, "0",       "triples whose sentences name a side are mirrored, too (1), or never (0)"},
    {"optimizer.kind",            S(optimizer),         {0,       0},       0,      1,     1, "adam",    "adamw: weight decay beside the gradient; adam: as L2 in it"},
    {"optimizer.beta1",           S(beta1),             {0.9,     0.9},     0,      1,     0, "0.9",     "of Adam"},
    {"optimizer.beta2",           S(beta2),             {0.999,   0.98},    0,      1,     0, "0.999",   "of Adam"},
    {"optimizer.eps",             S(eps),               {1e-8,    1e-8},    1e-16,  1,     0, "1e-8",    "of Adam"},
    {"optimizer.weight_decay",    S(weight_decay),      {0.01,    0.01},    0,      1,     0, "0",       "of weights and tables"},
    {"optimizer.clip",            S(clip),              {0,       1},       0,      1e9,   0, "0",       "gradients are scaled to at most this norm; 0: not"},
    {"optimizer.encoder_lr",      S(encoder_lr),        {1,       0},       0,      10,    0, "0",       "finetune: the encoder's share of lr; 0: frozen"},
    {"optimizer.encoder_statistics", S(encoder_statistics), {1,   0},       0,      1,     1, "0",       "batch normalisation of the encoder with the batch's statistics (1) or the stored ones (0)"},
    {"optimizer.bf16",            S(bf16),              {0,       0},       0,      1,     1, "0",       "products in bf16, summed in f32, where the processor has that (1), or in f32 (0)"},
    {"loss.foreground",           W(IDC_LOSS_FOREGROUND), {1,     0},       0,      1e6,   0, "-",       "a cell shows an object"},
    {"loss.centre",               W(IDC_LOSS_CENTRE),   {1,       0},       0,      1e6,   0, "-",       "a cell is an object's centre"},
    {"loss.shape",                W(IDC_LOSS_SHAPE),    {1,       0},       0,      1e6,   0, "-",       "of a cell's object"},
    {"loss.size",                 W(IDC_LOSS_SIZE),     {1,       0},       0,      1e6,   0, "-",       "of a cell's object"},
    {"loss.color",                W(IDC_LOSS_COLOR),    {1,       0},       0,      1e6,   0, "-",       "of a cell's object"},
    {"loss.material",             W(IDC_LOSS_MATERIAL), {1,       0},       0,      1e6,   0, "-",       "of a cell's object"},
    {"loss.offset",               W(IDC_LOSS_OFFSET),   {1,       0},       0,      1e6,   0, "-",       "from a cell to its object's projected centre"},
    {"loss.type",                 W(IDC_LOSS_TYPE),     {0,       1},       0,      1e6,   0, "0",       "of the change"},
    {"loss.pointer",              W(IDC_LOSS_POINTER),  {0,       0.5},     0,      1e6,   0, "0",       "at the changed object, summed over both pictures"},
    {"loss.attributes",           W(IDC_LOSS_ATTRIBUTES), {0,     0.25},    0,      1e6,   0, "0",       "of the object pointed at, summed over four and both pictures"},
    {"loss.words",                W(IDC_LOSS_WORDS),    {0,       1},       0,      1e6,   0, "1",       "of the sentence, mean over its words"},
    {"loss.change",               W(IDC_LOSS_CHANGE),   {0,       1},       0,      1e6,   0, "1",       "changed or not, from the cross-modal encoder"},
    {"loss.itc",                  W(IDC_LOSS_ITC),      {0,       0},       0,      1e6,   0, "-",       "contrast of pairs and sentences in the batch; a model without the head gets one"},
    {"loss.reward",               W(IDC_LOSS_REWARD),   {0,       0},       0,      1e6,   0, "-",       "reinforce: of sentences that are drawn, by their CIDEr-D"},
    {"loss.words_from",           S(words_from),        {0,       0},       0,      1,     0, "0",       "share of the run after which words and change are learned"},
    {"loss.sum",                  S(sum),               {0,       0},       0,      1,     1, "1",       "words and change: summed over the batch (1) or the mean (0)"},
    {"contrast.objective",        S(contrast.objective), {0,      0},      0,      63,    1, "-",       "formula of the loss itc: infonce, dcl, dclw, cwcl, onetok, symile, cacr, svco, coca or tcl"},
    {"contrast.tau",              S(contrast.tau),      {0,      0},      0,      100,   0, "-",       "temperature; 0: the objective's own, of most a learned one"},
    {"contrast.focal",            S(contrast.focal),    {0,      0},      0,      20,    0, "-",       "exponent of the focal factor (1 - p)^focal"},
    {"contrast.distill",          S(contrast.distill),  {0,      0},      0,      1,     0, "-",       "share of a twin's softmax in the targets"},
    {"contrast.momentum",         S(contrast.momentum), {0.995,  0.995},  0,      1,     0, "-",       "of the twin, a moving average of the network"},
    {"contrast.ramp",             S(contrast.ramp),     {0,      0},      0,      1e9,   1, "-",       "steps over which distill rises to its value"},
    {"contrast.dedup",            S(contrast.dedup),    {1,      1},      0,      2,     1, "-",       "other pairs with the same sentence: off (negatives), drop (left out) or share (positives)"},
    {"contrast.captions",         S(contrast.captions), {4,      4},      1,      16,    1, "-",       "onetok, cacr: sentences of a pair"},
    {"contrast.same",             S(contrast.same),     {0,      0},      0,      1,     1, "-",       "dcl, dclw: other pairs are negatives of a pair, other sentences of a sentence"},
    {"contrast.sigma",            S(contrast.sigma),    {0.5,    0.5},    1e-3,   1e3,   0, "-",       "dclw: of the weights"},
    {"contrast.attach",           S(contrast.attach),   {0,      0},      0,      1,     1, "-",       "dclw, cacr: gradients go through the weights"},
    {"contrast.attract",          S(contrast.attract),  {1,      1},      0,      100,   0, "-",       "cacr: how much more far positives attract"},
    {"contrast.repel",            S(contrast.repel),    {1,      1},      0,      100,   0, "-",       "cacr: how much more near negatives repel"},
    {"contrast.rbf",              S(contrast.rbf),      {0,      0},      0,      100,   0, "-",       "cacr: repulsion by exp(-rbf d), under a logarithm; 0: by distance"},
    {"contrast.all",              S(contrast.all),      {0,      0},      0,      1,     1, "-",       "symile: every candidate (1) or as many drawn as pairs (0)"},
    {"contrast.contrary",         S(contrast.contrary), {0,      0},      0,      1,     1, "-",       "svco: the contrary pair is the pair backwards (swapped) or its first picture twice (still)"},
    {"contrast.words",            S(contrast.words),    {2,      2},      0,      1e6,   0, "-",       "coca: weight of the words"},
    {"contrast.cells",            S(contrast.cells),    {1,      1},      0,      1e6,   0, "-",       "coca: weight of the hidden cells"},
    {"contrast.ratio",            S(contrast.ratio),    {0.5,    0.5},    0,      1,     0, "-",       "coca: share of hidden cells"},
    {"tasks.mlm",                 R(MLM),               {0,       0},       0,      1e6,   0, "-",       "pretrain: how often a step is of this task: masked words"},
    {"tasks.mvcl",                R(MVCL),              {0,       0},       0,      1e6,   0, "-",       "masked cells, told from others by contrast"},
    {"tasks.fda",                 R(FDA),               {0,       0},       0,      1e6,   0, "-",       "the true sentence, told from hard negatives; finetune: weight of its loss"},
    {"tasks.itm_a",               R(ITM_A),             {0,       0},       0,      1e6,   0, "-",       "do pictures and sentence belong together?"},
    {"tasks.itm_b",               R(ITM_B),             {0,       0},       0,      1e6,   0, "-",       "are the pictures in order?"},
    {"tasks.itc",                 R(ITC),               {0,       0},       0,      1e6,   0, "-",       "pairs and sentences told from others of the batch, by the objective of [contrast]"},
    {"tasks.nabirds",             R(NABIRDS),           {0,       0},       0,      1e6,   0, "-",       "fine classes of pictures, from a store that has them: named, and of two pictures alike or not"},
    {"mlm.mask",                  S(mask_words),        {0.15,    0.15},    0,      1,     0, "0.15",    "share of words to be said again (with caption unmask in finetune as well)"},
    {"mlm.mask_end",              S(mask_end),          {0.15,    0.15},    0,      1,     0, "0.15",    "share of masked ends of sentences"},
    {"mvcl.mask",                 S(mask_cells),        {0.15,    0.15},    0,      1,     0, "0.15",    "share of masked cells of one of the pictures"},
    {"mvcl.temperature",          S(mvcl_temperature),  {1,       1},       1e-3,   100,   0, "1",       "the cosines are divided by this"},
    {"fda.temperature",           S(fda_temperature),   {1,       1},       1e-3,   100,   0, "1",       "the cosines are divided by this"},
    {"fda.retrieve",              S(retrieve),          {2,       2},       0,      64,    1, "6",       "hard negatives: the most similar sentences of other pairs"},
    {"fda.replace",               S(replace),           {2,       2},       0,      64,    1, "0",       "hard negatives: words exchanged for others of their class"},
    {"fda.confuse",               S(confuse),           {2,       2},       0,      64,    1, "0",       "hard negatives: another subject or another change"},
    {"reinforce.samples",         S(samples),           {4,       4},       1,      64,    1, "-",       "sentences drawn for each pair"},
    {"reinforce.temperature",     S(temperature),       {1,       1},       0.01,   100,   0, "-",       "they are drawn from the softmax of logits / temperature"},
    {"reinforce.words_share",     S(words_share),       {0.1,     0.1},     0,      1,     0, "-",       "share of the cross entropy of the data's words; the rest is the reward's"},
    {"fda.focal",                 S(fda_focal),         {0,       0},       0,      20,    0, "0",       "exponent of the focal factor (1 - p)^focal on a pair's loss"},
    {"tasks.mask_text",           S(mask_text),         {0,       0},       0,      1,     1, "0",       "sentences are read with masked words in every task (1), or in mlm alone (0)"},
    {"soft.weight",               S(soft_weight),       {0,       0},       0,      1e3,   0, "0",       "of a second fda on cells that one word's map attenuates"},
    {"soft.from",                 S(soft_from),         {0,       0},       0,      1,     0, "-",       "share of the run after which that begins"},
    {"soft.block",                S(soft_block),        {-2,      -2},      -32,    31,    1, "-",       "whose attention makes the map: a block of the cross-modal encoder; -1: the last"},
    {"soft.raw",                  S(soft_raw),          {0,       0},       0,      1,     1, "0",       "what is attenuated: the raw cells (1), or those of the pair encoder (0)"},
    {"soft.content_words",        S(content_words),     {0,       0},       0,      1,     1, "-",       "maps of words like 'the' are not drawn (1)"},
    {"report.log_every",          S(log_every),         {20,      10},      1,      1e9,   1, "-",       "steps between lines of the log"},
    {"report.validate_every",     S(validate_every),    {500,     200},     0,      1e9,   1, "400",     "steps between validations; 0: only at the end"},
    {"report.validate_triples",   S(validate_triples),  {100,     100},     1,      1e9,   1, "-",       "how many triples and listed pairs a validation looks at"},
    {"report.checkpoint_every",   S(checkpoint_seconds), {180,    180},     1,      1e9,   0, "-",       "seconds between checkpoints"},
};
/* clang-format on */
#define COUNT (sizeof table / sizeof table[0])

static const struct stage {
    const char *name;
    int column; /* of the table's defaults */
} stages[IDC_STAGES] = {{"encoder", 0}, {"finetune", 1}, {"pretrain", 1}, {"reinforce", 1}};

/* Where a stage departs from its column: another default, another value of the paper. */
static const struct departure {
    enum idc_train_stage stage;
    const char *key;
    double value;
    const char *paper;
} departures[] = {
    {IDC_STAGE_PRETRAIN, "steps.count", 2000, "250000"},
    {IDC_STAGE_PRETRAIN, "steps.warmup", 100, "8000"},
    {IDC_STAGE_PRETRAIN, "steps.lr", 1e-3, "1e-4"},
    {IDC_STAGE_PRETRAIN, "steps.final_lr", 0.02, "-"},
    {IDC_STAGE_PRETRAIN, "steps.schedule", IDC_SCHEDULE_COSINE, "inverse_sqrt"},
    {IDC_STAGE_PRETRAIN, "steps.halve_every", 10000, "-"},
    {IDC_STAGE_PRETRAIN, "steps.halvings", 2, "-"},
    {IDC_STAGE_PRETRAIN, "loss.type", 0, "-"},
    {IDC_STAGE_PRETRAIN, "loss.pointer", 0, "-"},
    {IDC_STAGE_PRETRAIN, "loss.attributes", 0, "-"},
    {IDC_STAGE_PRETRAIN, "loss.words", 0, "-"},
    {IDC_STAGE_PRETRAIN, "loss.change", 0, "-"},
    {IDC_STAGE_PRETRAIN, "loss.words_from", 0, "-"},
    {IDC_STAGE_PRETRAIN, "loss.sum", 0, "-"},
    {IDC_STAGE_PRETRAIN, "tasks.mlm", 8, "8"},
    {IDC_STAGE_PRETRAIN, "tasks.mvcl", 1, "1"},
    {IDC_STAGE_PRETRAIN, "tasks.fda", 2, "2"},
    {IDC_STAGE_PRETRAIN, "tasks.itm_a", 0, "0"},
    {IDC_STAGE_PRETRAIN, "tasks.itm_b", 0, "0"},
    {IDC_STAGE_PRETRAIN, "report.validate_every", 200, "1000"},
    {IDC_STAGE_REINFORCE, "steps.count", 500, "-"},
    {IDC_STAGE_REINFORCE, "steps.warmup", 20, "-"},
    {IDC_STAGE_REINFORCE, "steps.lr", 1e-4, "-"},
    {IDC_STAGE_REINFORCE, "batch.size", 16, "-"},
    {IDC_STAGE_REINFORCE, "batch.triples", 8, "-"},
    {IDC_STAGE_REINFORCE, "loss.reward", 1, "-"},
};

/* Settings whose values have names, in the order of their numbers. Those of [contrast] are objective.h's. */
static const struct choice {
    const char *key, *names[4];
} choices[] = {
    {"steps.schedule", {"cosine", "inverse_sqrt", "steps", NULL}},
    {"optimizer.kind", {"adamw", "adam", NULL}},
};

static const struct departure *departure_of(enum idc_train_stage stage, const char *key)
{
    for (size_t i = 0; i < sizeof departures / sizeof *departures; i++)
        if (departures[i].stage == stage && strcmp(departures[i].key, key) == 0)
            return &departures[i];
    return NULL;
}

/* The name of value i of a setting; NULL: it has none. */
static const char *value_name(const char *key, int i)
{
    size_t n;
    const idc_objective *objectives = idc_objectives(&n);
    if (strcmp(key, "contrast.objective") == 0)
        return i < (int)n ? objectives[i].name : NULL;
    const idc_objective_option *options = idc_objective_option_table(&n);
    for (size_t k = 0; k < n && strncmp(key, "contrast.", 9) == 0; k++)
        if (strcmp(options[k].name, key + 9) == 0)
            return i < 4 ? options[k].names[i] : NULL;
    for (size_t k = 0; k < sizeof choices / sizeof *choices; k++)
        if (strcmp(choices[k].key, key) == 0)
            return i < 4 ? choices[k].names[i] : NULL;
    return NULL;
}

const idc_train_setting *idc_train_settings_table(size_t *n)
{
    *n = COUNT;
    return table;
}

const char *idc_train_stage_name(enum idc_train_stage stage)
{
    return stages[stage].name;
}

const char *idc_train_stages(void)
{
    return "encoder, pretrain, finetune or reinforce";
}

int idc_train_stage_from_name(const char *name)
{
    for (int i = 0; i < IDC_STAGES; i++)
        if (strcmp(name, stages[i].name) == 0)
            return i;
    return -1;
}

static double *field(const idc_train_settings *s, const idc_train_setting *row)
{
    return (void *)((char *)(uintptr_t)s + row->offset);
}

void idc_train_settings_default(idc_train_settings *s, enum idc_train_stage stage)
{
    memset(s, 0, sizeof *s);
    s->stage = stage;
    for (size_t i = 0; i < COUNT; i++) {
        const struct departure *d = departure_of(stage, table[i].key);
        *field(s, &table[i]) = d != NULL ? d->value : table[i].defaults[stages[stage].column];
    }
}

static int edits(const char *a, const char *b)
{
    return idc_near_edits(a, strlen(a), b);
}

static int set_choice(double *field, const char *key, const char *value, idc_error *err)
{
    char all[120] = "";
    size_t used = 0;
    const char *name;
    for (int i = 0; (name = value_name(key, i)) != NULL; i++) {
        if (strcmp(name, value) == 0) {
            *field = i;
            return 0;
        }
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i > 0 ? ", " : "", name);
        used = used < sizeof all ? used : sizeof all;
    }
    return idc_fail(err, IDC_E_INVALID, "%s: '%s' is none of %s", key, value, all);
}

int idc_train_settings_set(idc_train_settings *s, const char *key, const char *value,
                           idc_error *err)
{
    const idc_train_setting *near = table;
    for (size_t i = 0; i < COUNT; i++) {
        const idc_train_setting *row = &table[i];
        if (strcmp(row->key, key) != 0) {
            near = edits(key, row->key) < edits(key, near->key) ? row : near;
            continue;
        }
        if (value_name(key, 0) != NULL)
            return set_choice(field(s, row), key, value, err);
        char *end;
        errno = 0;
        double x = strtod(value, &end);
        if (end == value || *end != '\0' || errno != 0 || !isfinite(x))
            return idc_fail(err, IDC_E_INVALID, "%s: '%s' is not a number", key, value);
        if (x < row->low || x > row->high || (row->whole && x != floor(x)))
            return idc_fail(err, IDC_E_RANGE, "%s: %s is not a%s number in %g … %g", key, value,
                            row->whole ? " whole" : "", row->low, row->high);
        *field(s, row) = x;
        return 0;
    }
    return idc_fail(err, IDC_E_MISSING, "no setting '%s' (did you mean '%s'?)", key, near->key);
}

int idc_train_settings_contrast(idc_train_settings *s, const char *text, idc_error *err)
{
    int rc = idc_objective_parse(&s->contrast, text, err);
    double *weight =
        s->stage == IDC_STAGE_PRETRAIN ? &s->ratio[IDC_TASK_ITC] : &s->weight[IDC_LOSS_ITC];
    if (rc == 0 && *weight == 0)
        *weight = 1;
    return rc;
}

typedef struct reading {
    idc_train_settings *settings;
    const char *path;
    idc_error *err;
    int rc;
} reading;

static int on_value(void *user, const char *section, const char *name, const char *value)
{
    reading *r = user;
    char key[128];
    if (r->rc < 0)
        return 0;
    if (snprintf(key, sizeof key, "%s%s%s", section, section[0] ? "." : "", name) >=
        (int)sizeof key)
        r->rc = idc_fail(r->err, IDC_E_RANGE, "a name is too long");
    else if (strcmp(key, "stage") == 0 &&
             idc_train_stage_from_name(value) == (int)r->settings->stage)
        r->rc = 0;
    else if (strcmp(key, "stage") == 0)
        r->rc = idc_fail(r->err, IDC_E_MISMATCH, "is for stage '%s', not '%s'", value,
                         stages[r->settings->stage].name);
    else
        r->rc = idc_train_settings_set(r->settings, key, value, r->err);
    return r->rc == 0;
}

int idc_train_settings_read(idc_train_settings *s, const char *path, idc_error *err)
{
    reading r = {.settings = s, .path = path, .err = err};
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return idc_fail(err, errno == ENOENT ? IDC_E_MISSING : IDC_E_IO, "%s: %s", path,
                        strerror(errno));
    int line = ini_parse_file(file, on_value, &r);
    fclose(file);
    if (r.rc < 0) {
        char where[4200];
        snprintf(where, sizeof where, "%s: line %d", path, line);
        return err != NULL ? idc_fail_in(err, r.rc, where) : r.rc;
    }
    if (line != 0)
        return idc_fail(err, IDC_E_INVALID, "%s: line %d: not 'name = value'", path, line);
    return 0;
}

/* Whole numbers plainly, others in the shortest form that reads back alike. */
static void print_value(char *text, size_t size, double x)
{
    if (fabs(x) < 1e15 && x == floor(x)) {
        snprintf(text, size, "%.0f", x);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, x);
        if (strtod(text, NULL) == x)
            return;
    }
}

void idc_train_settings_print(const idc_train_settings *s, FILE *out)
{
    size_t length = 0;
    fprintf(out, "stage = %s\n", stages[s->stage].name);
    for (size_t i = 0; i < COUNT; i++) {
        const char *dot = strchr(table[i].key, '.');
        if (i == 0 || strncmp(table[i].key, table[i - 1].key, length) != 0) {
            length = (size_t)(dot - table[i].key) + 1;
            fprintf(out, "\n[%.*s]\n", (int)length - 1, table[i].key);
        }
        char value[40];
        const char *name = value_name(table[i].key, 0) != NULL
                               ? value_name(table[i].key, (int)*field(s, &table[i]))
                               : NULL;
        const struct departure *d = departure_of(s->stage, table[i].key);
        const char *paper = d != NULL ? d->paper : table[i].paper;
        print_value(value, sizeof value, *field(s, &table[i]));
        fprintf(out, "%s = %s ; %s", dot + 1, name != NULL ? name : value, table[i].help);
        fprintf(out, strcmp(paper, "-") != 0 ? " (paper: %s)\n" : "\n", paper);
    }
}
